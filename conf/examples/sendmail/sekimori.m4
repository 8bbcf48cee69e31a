dnl sekimori in Sendmail: mail from a listed IPv4 address is refused, with the address of its page.
dnl [en]
dnl - Goes into sendmail.mc above MAILER_DEFINITIONS, as it is or by include(); then make sendmail.cf anew.
dnl - The last argument must stay, with the dot at its end: without it every answer counts, also an error
dnl   code, also the wildcard of a dead list; without the dot none does.
dnl - The reply is ours, not the list's TXT reason: this feature asks for the address record only. No comma in
dnl   it, for m4 would cut it there.
dnl - This feature can only refuse; to watch or score first, use rspamd or SpamAssassin behind Sendmail.
dnl - It asks about IPv4 only. A client that comes by IPv6 is accepted unasked.
dnl - With FEATURE(`delay_checks', `friend'), as in Debian's sendmail.mc, the lines "Spam:postmaster@ FRIEND"
dnl   and "Spam:abuse@ FRIEND" in the access table let who is listed still write there.
dnl - The list is down or answers REFUSED: mail is accepted (the third argument, empty; `t' would defer it).
dnl   EDNSBL_TO keeps the wait at 5 s; by default it is 15 s.
dnl - The end: when TXT _status.bl.example says "closing", is past its "expires" or is gone, take this out.
dnl - Test: "dig +short 2.0.0.127.bl.example" says 127.0.0.2, the same with 1.0.0.127 says nothing.
dnl [ja]
dnl - sendmail.mc の MAILER_DEFINITIONS より上に、そのまま、または include() で入れ、sendmail.cf を作り直します。
dnl - 最後の引数は、末尾の点も含めて消さないでください。引数がないと、エラーを表すコードでも、廃止された
dnl   リストのワイルドカード応答でも、どんな応答も「登録あり」になります。点がないと、何にも一致しません。
dnl - 応答の文はここに書いたもので、リストの TXT の理由ではありません。この機能はアドレスだけを問い合わせます。
dnl   文にコンマは使えません。m4 がそこで切ってしまいます。
dnl - この機能は拒否しかできません。まず様子を見る、または点数にするには、後段の rspamd か SpamAssassin を使います。
dnl - IPv4 だけを問い合わせます。IPv6 で来た相手は、問い合わせずに受け取ります。
dnl - Debian の sendmail.mc のように FEATURE(`delay_checks', `friend') があれば、access 表に「Spam:postmaster@
dnl   FRIEND」「Spam:abuse@ FRIEND」と書くと、登録された人もそこには書けます。
dnl - リストが停止中か REFUSED を返すとき、メールは受け取ります(第三引数が空。`t' なら一時エラー)。
dnl   EDNSBL_TO で待ち時間は 5 秒になります。既定では 15 秒です。
dnl - リストの終わり:_status.bl.example の TXT が「closing」になるか、「expires」を過ぎるか、なくなったら、
dnl   外してください。
dnl - 確認:「dig +short 2.0.0.127.bl.example」は 127.0.0.2 を返し、1.0.0.127 では何も返りません。
define(`EDNSBL_TO', `1')dnl
FEATURE(`enhdnsbl', `bl.example', `"550 5.7.1 Refused: " $&{client_addr} " is listed in bl.example; see https://bl.example/ip/" $&{client_addr}', `', `127.0.0.2.')dnl
