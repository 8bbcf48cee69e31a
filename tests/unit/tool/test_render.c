#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "base/i18n.h"
#include "tool/json.h"
#include "tool/render.h"
#include "tool/words.h"

/* argv[1]: directory of the catalogues of this build */
static const char *catalogues;

enum { AT_MS = 450 };

static const struct {
	const char	*name, *event, *en, *ja;
} events[] = {
	{ "name resolved",
	  "{'event':'resolved','addr':'198.18.0.25','host':'open.example'}",
	  "     0.4s       resolved        open.example -> 198.18.0.25\n",
	  "     0.4s       名前解決        open.example -> 198.18.0.25\n" },
	{ "queued with its rules",
	  "{'event':'queued','addr':'198.18.0.25','run':7,'next':0,'forms':31,'depth':'normal','pace':'lab','basis':'authority'}",
	  "     0.4s       queued          198.18.0.25: forms: 31, depth normal, pace lab, basis authority\n",
	  "     0.4s       順番待ち        198.18.0.25: 検査形式 31 件、深さ 標準、間隔 lab、根拠 authority\n" },
	{ "control letter arrived",
	  "{'event':'control','ok':true,'took_ms':310}",
	  "     0.4s       control letter  a letter of our own came back in 0.31 s\n",
	  "     0.4s       対照検査        自分宛の対照検査メールが 0.31 秒で届きました\n" },
	{ "control letter lost",
	  "{'event':'control','ok':false,'took_ms':0}",
	  "     0.4s       control letter  a letter of our own did not come back: nothing but \"open\" can be said\n",
	  "     0.4s       対照検査        自分宛の対照検査メールが届きません。中継可能以外の判定はできません\n" },
	{ "connecting names the forms",
	  "{'event':'connecting','session':1,'port':25,'forms':['P01','R14']}",
	  "     0.4s       connecting      session 1, port 25: P01 R14\n",
	  "     0.4s       検査中          接続 1、ポート 25: P01 R14\n" },
	{ "denied says why",
	  "{'event':'denied','why':'opted-out'}",
	  "     0.4s       not permitted   the owner opted out\n",
	  "     0.4s       許可なし        所有者の申出により検査対象外です\n" },
	{ "refused with code and reply",
	  "{'event':'found','form':'P01','finding':'refused','code':550,'said':'5.7.1 <x@probe.example>: Relay access denied','n':3,'of':31}",
	  "     0.4s  P01  refused         550 5.7.1 <x@probe.example>: Relay access denied\n",
	  "     0.4s  P01  拒否            550 5.7.1 <x@probe.example>: Relay access denied\n" },
	{ "the code is not said twice",
	  "{'event':'found','form':'P01','finding':'accepted','code':250,'said':'250 2.0.0 Ok: queued','n':1,'of':31}",
	  "     0.4s  P01  accepted        250 2.0.0 Ok: queued\n",
	  "     0.4s  P01  受理            250 2.0.0 Ok: queued\n" },
	{ "a hostile reply stays on its line",
	  "{'event':'found','form':'P01','finding':'refused','code':550,'said':'a\\u001b[2J\\r\\nopen: 1\\u009b\\u202e\\u007f','n':1,'of':31}",
	  "     0.4s  P01  refused         550 a\\x1b[2J\\x0d\\x0aopen: 1\\xc2\\x9b\\xe2\\x80\\xae\\x7f\n",
	  "     0.4s  P01  拒否            550 a\\x1b[2J\\x0d\\x0aopen: 1\\xc2\\x9b\\xe2\\x80\\xae\\x7f\n" },
	{ "a hostile form and finding too",
	  "{'event':'found','form':'\\u001b]0;x','finding':'\\u0007','code':0,'said':''}",
	  "     0.4s  \\x1b]0;x\\x07            \n",
	  "     0.4s  \\x1b]0;x\\x07            \n" },
	{ "an answer with the name that stood in the form",
	  "{'event':'found','form':'X01','variant':1,'port':587,'host':'mx.corp.example','dom':'\\u001b[2J','finding':'refused','code':550,'said':'550 no'}",
	  "     0.4s  X01  refused         mx.corp.example, \\x1b[2J: 550 no\n",
	  "     0.4s  X01  拒否            mx.corp.example, \\x1b[2J: 550 no\n" },
	{ "an answer to one of several logins",
	  "{'event':'found','form':'U01','variant':1,'port':587,'mechanism':'LOGIN','finding':'refused','code':535,'said':'535 no'}",
	  "     0.4s  U01  refused         LOGIN: 535 no\n",
	  "     0.4s  U01  拒否            LOGIN: 535 no\n" },
	{ "session over",
	  "{'event':'ended','finding':'no-smtp','session':2}",
	  "     0.4s       session over    session 2: connected, but no SMTP reply\n",
	  "     0.4s       接続終了        接続 2: 接続後に SMTP の応答がありません\n" },
	{ "waiting has its end in local time",
	  "{'event':'waiting','form':'P01','until':1795386996,'why':'mailbox'}",
	  "     0.4s  P01  waiting         for the mailbox, until 2026-11-23 07:36:36 JST\n",
	  "     0.4s  P01  待機中          受信待ち、期限 2026-11-23 07:36:36 JST\n" },
	{ "a proof, single hop",
	  "{'event':'receipt','kind':'recipient','form':'P01','counts':true,'why':'','exit':'198.18.0.25','entry':'198.18.0.25','believed':'198.18.0.2','hops':1,'linked':true}",
	  "     0.4s  P01  mail came       at the recipient token; input host 198.18.0.25; output host 198.18.0.25; client that the input host saw 198.18.0.2; hops: 1\n",
	  "     0.4s  P01  メール受信      受信者側の照合符号宛; 入口ホスト 198.18.0.25; 出口ホスト 198.18.0.25; 入口ホストが見た接続元 198.18.0.2; 中継段数 1\n" },
	{ "a proof says by which port and name",
	  "{'event':'receipt','kind':'recipient','form':'X01','variant':1,'port':587,'host':'mx.corp.example','counts':true,'why':'','exit':'198.18.0.25','linked':true}",
	  "     0.4s  X01  mail came       port 587: mx.corp.example: at the recipient token; output host 198.18.0.25\n",
	  "     0.4s  X01  メール受信      ポート 587: mx.corp.example: 受信者側の照合符号宛; 出口ホスト 198.18.0.25\n" },
	{ "what does not count says why",
	  "{'event':'receipt','kind':'sender','form':'P01','counts':false,'why':'not-a-bounce','exit':'198.18.0.25','linked':false}",
	  "     0.4s  P01  mail came       at the sender token, does not count: no bounce: an automatic answer or a person; output host 198.18.0.25; the path does not link\n",
	  "     0.4s  P01  メール受信      送信者側の照合符号宛、証跡としない: 不達通知ではありません(自動応答または人からの返信); 出口ホスト 198.18.0.25; 経路がつながらない\n" },
	{ "a proof that does not stand alone says why",
	  "{'event':'receipt','kind':'recipient','form':'P01','counts':true,'why':'by-account','exit':'198.18.0.25','linked':true}",
	  "     0.4s  P01  mail came       at the recipient token; output host 198.18.0.25; lists only with a second proof: it was handed in with an account of the server\n",
	  "     0.4s  P01  メール受信      受信者側の照合符号宛; 出口ホスト 198.18.0.25; 登録には独立した証跡がもう一つ必要: サーバのアカウントで認証して投函されました\n" },
	{ "a bounce",
	  "{'event':'receipt','kind':'sender','form':'P01','counts':true,'why':'','exit':'198.18.0.25','linked':true}",
	  "     0.4s  P01  mail came       at the sender token: a bounce; output host 198.18.0.25\n",
	  "     0.4s  P01  メール受信      送信者側の照合符号宛(エラーメール); 出口ホスト 198.18.0.25\n" },
	{ "open",
	  "{'event':'verdict','verdict':'open','provisional':false,'done':1,'total':31,'catalogue':86,'depth':'normal','why':'token-returned','ports':'25','form':'P01','clears':false}",
	  "     0.4s       verdict         open: 1 of 86 forms (31 planned at depth normal), port 25; came back: form P01\n",
	  "     0.4s       判定            中継可能: 86 形式中 1 件(深さ「標準」で 31 件を予定)、ポート 25; 戻ってきた形式 P01\n" },
	{ "open, and why",
	  "{'event':'verdict','verdict':'open','provisional':false,'done':1,'total':31,'catalogue':86,'depth':'normal','why':'token-returned','ports':'25','form':'P01','clears':false,"
	  "'cause':'client-address-lost','cause_sure':true,'cause_for':['saw-private','plain-worked'],'cause_against':[],'mta':'postfix',"
	  "'seen_client':'172.22.1.1','seen_helo':'a\\u001b[2J','fix':['front','\\u0007']}",
	  "     0.4s       verdict         open: 1 of 86 forms (31 planned at depth normal), port 25; came back: form P01\n"
	  "  cause          It does not see who connects: a proxy, a NAT or a container gateway stands in front, and the address that it records is not the real client. It trusts that address.\n"
	  "  it saw         172.22.1.1, HELO a\\x1b[2J\n"
	  "  for it         it recorded a private address that is not ours as client; the plain form came back\n"
	  "  to change      In front: HAProxy needs send-proxy (or send-proxy-v2) on its server line, nginx proxy_protocol on. A container engine must not rewrite the source: switch off its userland proxy, publish IPv6 to the container by itself, or use the host network. A firewall must masquerade what goes out only, not what comes in.\n"
	  "                 \\x07\n",
	  "     0.4s       判定            中継可能: 86 形式中 1 件(深さ「標準」で 31 件を予定)、ポート 25; 戻ってきた形式 P01\n"
	  "  原因           本当の接続元が見えていません。前段のプロキシ、NAT、コンテナのゲートウェイのアドレスを接続元とみなし、それを信頼して中継します。\n"
	  "  見えた接続元   172.22.1.1, HELO a\\x1b[2J\n"
	  "  根拠           こちらのものでない私用アドレスを接続元として記録。通常の形式が中継された\n"
	  "  直し方         前段: HAProxy では server 行に send-proxy(または send-proxy-v2)、nginx では proxy_protocol on を指定します。コンテナでは接続元を書き換えさせないよう、userland proxy を無効にする、コンテナに IPv6 を直接割り当てる、ホストネットワークを使う、のいずれかにします。ファイアウォールの masquerade は外へ出る通信だけに適用します。\n"
	  "                 \\x07\n" },
	{ "open, and perhaps why",
	  "{'event':'verdict','verdict':'open','provisional':false,'done':1,'total':31,'catalogue':86,'depth':'normal','why':'token-returned','ports':'25','form':'X03','clears':false,"
	  "'cause':'inner-host','cause_sure':false,'cause_second':'percent','cause_decide':'P01','cause_for':[],'cause_against':['next-plain'],"
	  "'next_name':'inner.example','next_addr':'192.0.2.26','fix':['inner-host-other']}",
	  "     0.4s       verdict         open: 1 of 86 forms (31 planned at depth normal), port 25; came back: form X03\n"
	  "  likely cause   The entry itself refuses, but hands addresses of its domain to a host behind it, and that one follows the route in them.\n"
	  "  host behind    inner.example 192.0.2.26\n"
	  "  against it     the host behind got the address already rewritten\n"
	  "  or else        It follows addresses with a percent sign (user%domain@its own name). Form P01 would tell.\n"
	  "  to change      At the entry: refuse recipients with percent, exclamation mark, quotes or a second at sign in the local part, also for the domains that it hands on.\n",
	  "     0.4s       判定            中継可能: 86 形式中 1 件(深さ「標準」で 31 件を予定)、ポート 25; 戻ってきた形式 X03\n"
	  "  有力な原因     入口(受付)ホストは拒否しますが、自ドメイン宛として渡した先の内側のホストが、宛先の中の経路を解釈して中継します。\n"
	  "  内側のホスト   inner.example 192.0.2.26\n"
	  "  反する点       内側のホストには書き換え済みの宛先が渡された\n"
	  "  別の可能性     「%」を含む宛先(利用者%ドメイン@自分の名前)を解釈し、中継します。 形式 P01 で判別できます。\n"
	  "  直し方         入口: 引き渡すドメイン宛でも、ローカル部に %、!、引用符、二つ目の @ を含む宛先を拒否してください。\n" },
	{ "closed",
	  "{'event':'verdict','verdict':'closed','provisional':false,'done':31,'total':31,'catalogue':86,'depth':'normal','why':'all-refused','ports':'25,587','clears':true}",
	  "     0.4s       verdict         closed: 31 of 86 forms (31 planned at depth normal), ports 25, 587\n",
	  "     0.4s       判定            中継拒否: 86 形式中 31 件(深さ「標準」で 31 件を予定)、ポート 25, 587\n" },
	{ "a retest has no depth",
	  "{'event':'verdict','verdict':'closed','provisional':false,'done':12,'total':12,'catalogue':86,'depth':null,'why':'all-refused','ports':'25','clears':true}",
	  "     0.4s       verdict         closed: 12 of 86 forms (12 planned for a retest), port 25\n",
	  "     0.4s       判定            中継拒否: 86 形式中 12 件(再検査で 12 件を予定)、ポート 25\n" },
	{ "hostile ports and depth stay a line",
	  "{'event':'verdict','verdict':'closed','provisional':false,'done':1,'total':1,'catalogue':86,'depth':'\\u001b[2J','why':'all-refused','ports':'25,\\n587'}",
	  "     0.4s       verdict         closed: 1 of 86 forms (1 planned at depth \\x1b[2J), ports 25, \\x0a587\n",
	  "     0.4s       判定            中継拒否: 86 形式中 1 件(深さ「\\x1b[2J」で 1 件を予定)、ポート 25, \\x0a587\n" },
	{ "accepts is provisional",
	  "{'event':'verdict','verdict':'accepts','provisional':true,'done':1,'total':31,'catalogue':86,'depth':'normal','why':'not-delivered','ports':'25'}",
	  "     0.4s       verdict         accepts but does not deliver (provisional): 1 of 86 forms (31 planned at depth normal), port 25; accepted, and nothing came back\n",
	  "     0.4s       判定            受理のみ(配送未確認)(暫定): 86 形式中 1 件(深さ「標準」で 31 件を予定)、ポート 25; 受理されましたが何も届いていません\n" },
	{ "inconclusive",
	  "{'event':'verdict','verdict':'inconclusive','provisional':false,'done':0,'total':31,'catalogue':86,'depth':'normal','why':'no-smtp-reply','ports':'25'}",
	  "     0.4s       verdict         inconclusive: 0 of 86 forms (31 planned at depth normal), port 25; no SMTP reply: a blocked port looks the same\n",
	  "     0.4s       判定            判定不能: 86 形式中 0 件(深さ「標準」で 31 件を予定)、ポート 25; SMTP の応答がありません(ポートが塞がれている場合と区別できません)\n" },
	{ "untested",
	  "{'event':'verdict','verdict':'untested','provisional':false,'done':0,'total':31,'catalogue':86,'depth':'normal','why':'no-connection','ports':'25'}",
	  "     0.4s       verdict         not tested: 0 of 86 forms (31 planned at depth normal), port 25; no connection\n",
	  "     0.4s       判定            未検査: 86 形式中 0 件(深さ「標準」で 31 件を予定)、ポート 25; 接続できません\n" },
	{ "listed until",
	  "{'event':'listed','addr':'198.18.0.25','code':2,'since':1795300596,'until':1795386996,'proofs':1,'serial':3}",
	  "     0.4s       listed          198.18.0.25 as 127.0.0.2 until 2026-11-23 07:36:36 JST; proofs: 1, serial 3\n",
	  "     0.4s       登録済み        198.18.0.25 (127.0.0.2)、有効期限(自動解除日時) 2026-11-23 07:36:36 JST、証跡 1 件、シリアル 3\n" },
	{ "removed",
	  "{'event':'removed','addr':'198.18.0.25','kind':'remove','serial':4}",
	  "     0.4s       delisted        198.18.0.25; serial 4\n",
	  "     0.4s       解除            198.18.0.25、シリアル 4\n" },
	{ "retracted",
	  "{'event':'removed','addr':'198.18.0.25','kind':'retract','serial':4}",
	  "     0.4s       delisted        198.18.0.25, listed in error; serial 4\n",
	  "     0.4s       解除            198.18.0.25、誤登録の取消、シリアル 4\n" },
	{ "published",
	  "{'event':'published','serial':4,'took_ms':12}",
	  "     0.4s       published       serial 4, given to the answering roles in 12 ms\n",
	  "     0.4s       公開            シリアル 4、応答する側へ 12 ミリ秒で引き渡し\n" },
	{ "members of another type do no harm",
	  "{'event':'listed','addr':7,'code':'x','until':[],'proofs':null}",
	  "     0.4s       listed           as 127.0.0.0 until -; proofs: 0, serial 0\n",
	  "     0.4s       登録済み         (127.0.0.0)、有効期限(自動解除日時) -、証跡 0 件、シリアル 0\n" },
	{ "an unknown event is silent", "{'event':'later'}", "", "" },
};

/* JSON in C without a wall of backslashes: ' stands for ". */
static json_t *
parse(const char *text)
{
	char *copy = strdup(text);
	json_t *o;

	for (char *p = copy; *p != '\0'; p++)
		if (*p == '\'')
			*p = '"';
	o = tool_json_read(str_of(copy));
	if (o == NULL)
		fail_msg("not JSON: %s", copy);
	free(copy);
	return o;
}

static char *
rendered(const char *event, bool json, const char *progress, const char *color)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	struct render r;
	json_t *ev = parse(event);

	render_init(&r, f, json, progress, color);
	render_event(&r, ev, AT_MS);
	render_end(&r);
	fclose(f);
	json_decref(ev);
	return text;
}

static void
check_language(const char *lang)
{
	bool ja = strcmp(lang, "ja") == 0;

	i18n_setup(lang, catalogues);
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		const char *want = ja ? events[i].ja : events[i].en;
		char *got = rendered(events[i].event, false, "always", "never");

		if (strcmp(got, want) != 0)
			fail_msg("%s, %s:\n got  \"%s\"\n want \"%s\"",
			    events[i].name, lang, got, want);
		free(got);
	}
}

static void
live_lines_in_english(void **state)
{
	(void)state;
	check_language("en");
}

static void
live_lines_in_japanese(void **state)
{
	(void)state;
	check_language("ja");
	i18n_setup("en", catalogues);
}

static void
a_pipe_gets_results_only(void **state)
{
	static const struct { const char *name, *in, *want; } cases[] = {
		{ "progress is silent", "{'event':'found','form':'P01','finding':'refused','code':550,'said':'x'}", "" },
		{ "a listing is a result", "{'event':'removed','addr':'198.18.0.25','serial':4}",
		  "delisted: 198.18.0.25; serial 4\n" },
		{ "a final verdict is one", "{'event':'verdict','verdict':'closed','provisional':false,'done':2,'total':2,'catalogue':86,'depth':'normal','ports':'25','addr':'198.18.0.25'}",
		  "198.18.0.25: closed: 2 of 86 forms (2 planned at depth normal), port 25\n" },
		{ "a provisional one waits for the end", "{'event':'verdict','verdict':'accepts','provisional':true,'done':1,'total':2,'catalogue':86,'depth':'normal','ports':'25'}", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *got = rendered(cases[i].in, false, NULL, NULL);

		if (strcmp(got, cases[i].want) != 0)
			fail_msg("%s: got \"%s\", want \"%s\"", cases[i].name,
			    got, cases[i].want);
		free(got);
	}
}

/* Feeds several events, then the end; returns all that was written. */
static char *
played(const char *progress, const char *const *in)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	struct render r;

	render_init(&r, f, false, progress, "never");
	for (; *in != NULL; in++) {
		json_t *ev = parse(*in);

		render_event(&r, ev, AT_MS);
		json_decref(ev);
	}
	render_known(&r);
	render_end(&r);
	fclose(f);
	return text;
}

#define PROVISIONAL(n) "{'event':'verdict','verdict':'inconclusive','provisional':true," \
	"'done':" #n ",'total':9,'catalogue':86,'depth':'normal','why':'unfinished','ports':'25'}"

static void
a_verdict_is_said_when_it_changes_and_at_the_end(void **state)
{
	static const char *const in[] = {
		"{'event':'resolved','addr':'198.18.0.25'}",
		PROVISIONAL(1), PROVISIONAL(2), PROVISIONAL(3), NULL,
	};
	char *got = played("always", in);

	(void)state;
	assert_string_equal(got,
	    "     0.4s       resolved        198.18.0.25\n"
	    "     0.4s       verdict         inconclusive (provisional): 1 of 86 forms (9 planned at depth normal), port 25; not every form has its answer\n"
	    "198.18.0.25: inconclusive (provisional): 3 of 86 forms (9 planned at depth normal), port 25; not every form has its answer\n");
	free(got);
	got = played(NULL, in);
	assert_string_equal(got, "198.18.0.25: inconclusive (provisional): "
	    "3 of 86 forms (9 planned at depth normal), port 25; not every form has its answer\n");
	free(got);
}

static void
several_addresses_are_told_apart(void **state)
{
	static const char *const in[] = {
		"{'event':'queued','addr':'198.18.0.25','forms':1,'depth':'gentle','pace':'lab','basis':'owner'}",
		"{'event':'queued','addr':'198.18.0.26','forms':1,'depth':'gentle','pace':'lab','basis':'owner'}",
		"{'event':'found','addr':'198.18.0.26','form':'P01','finding':'refused','code':550,'said':'no'}",
		"{'event':'verdict','addr':'198.18.0.26','verdict':'closed','provisional':false,'done':1,'total':1,'catalogue':86,'depth':'normal','why':'all-refused','ports':'25'}",
		"{'event':'verdict','addr':'198.18.0.25','verdict':'accepts','provisional':true,'done':1,'total':1,'catalogue':86,'depth':'normal','why':'not-delivered','ports':'25'}",
		NULL,
	};
	char *got = played("always", in);

	(void)state;
	assert_non_null(strstr(got, "P01  refused         198.18.0.26: 550 no\n"));
	assert_non_null(strstr(got, "verdict         198.18.0.26: closed: 1 of 86 forms (1 planned at depth normal), port 25\n"));
	assert_non_null(strstr(got, "\n198.18.0.25: accepts but does not deliver (provisional): 1 of 86"));
	free(got);
	got = played(NULL, in);
	assert_string_equal(got, "198.18.0.26: closed: 1 of 86 forms (1 planned at depth normal), port 25\n"
	    "198.18.0.25: accepts but does not deliver (provisional): 1 of 86 "
	    "forms (1 planned at depth normal), port 25; accepted, and nothing came back\n");
	free(got);
}

static void
hostile_json_text_cannot_reach_a_terminal(void **state)
{
	char *got = rendered("{'event':'found','said':'\\u001b[2J\\u009b\\u202e\\u007f\\u95a2',"
	    "'extra':{'a':[1]},'form':'P01'}", true, "always", "always");

	(void)state;
	assert_string_equal(got, "{\"event\":\"found\",\"said\":"
	    "\"\\u001B[2J\\u009B\\u202E\\u007f\\u95A2\",\"extra\":{\"a\":[1]},"
	    "\"form\":\"P01\"}\n");
	for (const char *p = got; *p != '\0'; p++)
		assert_true(*p == '\n' || (*p >= 0x20 && *p < 0x7f));
	free(got);
}

static void
colour_is_an_addition(void **state)
{
	static const char ev[] = "{'event':'verdict','verdict':'open','done':1,'total':1,'catalogue':86,'depth':'normal','ports':'25'}";
	char *got = rendered(ev, false, "never", "always");

	(void)state;
	assert_string_equal(got, "\033[31mopen\033[0m: 1 of 86 forms (1 planned at depth normal), port 25\n");
	free(got);
	got = rendered(ev, false, "never", "auto");	/* a pipe */
	assert_string_equal(got, "open: 1 of 86 forms (1 planned at depth normal), port 25\n");
	free(got);
}

static void
keys_are_lines(void **state)
{
	static const struct { const char *in, *want; } cases[] = {
		{ "{'event':'key','id':1,'name':'CSIRT \\u001b','made':1795300596,'until':0,'revoked':0,'reason':''}",
		  "1  CSIRT \\x1b; made 2026-11-22 07:36:36 JST\n" },
		{ "{'event':'key','id':2,'name':'b','made':1795300596,'until':1795386996,'revoked':0,'reason':''}",
		  "2  b; made 2026-11-22 07:36:36 JST; holds until 2026-11-23 07:36:36 JST\n" },
		{ "{'event':'key','id':3,'name':'c','made':1795300596,'until':1,'revoked':1795386996,'reason':'lost'}",
		  "3  c; made 2026-11-22 07:36:36 JST; revoked 2026-11-23 07:36:36 JST: lost\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *got = rendered(cases[i].in, false, "never", "never");

		assert_string_equal(got, cases[i].want);
		free(got);
	}
}

static void
answers_are_shown(void **state)
{
	static const struct { const char *verb, *in, *want; } cases[] = {
		{ "show", "{'exit':0,'addr':'198.18.0.25','listed':true,'listings':"
		  "[{'code':2,'since':1795300596,'until':1795386996,'proofs':1}],"
		  "'verdict':{'verdict':'open','done':1,'total':31,'catalogue':86,'depth':'normal','why':'token-returned','made':1795300596},"
		  "'run':null,'nominees':[{'basis':'authority','until':0,'reason':'our own\\u001b','who':'ops'}],'optout':true}",
		  "198.18.0.25: listed\n"
		  "  listed         127.0.0.2 since 2026-11-22 07:36:36 JST, until 2026-11-23 07:36:36 JST; proofs: 1\n"
		  "  last verdict   open: 1 of 86 forms (31 planned at depth normal); the probe came back; 2026-11-22 07:36:36 JST\n"
		  "  basis          authority until revoked: our own\\x1b (ops)\n"
		  "  opt-out        never probed again, on request\n" },
		{ "show", "{'exit':0,'addr':'198.18.0.27','listed':false,'listings':[],'sessions':"
		  "[{'started':1795300596,'port':587,'kind':'probe','basis':'evidence','depth':'normal',"
		  "'pace':'foreign','finding':'done','forms':3,'answered':3,'refused':2,'accepted':1,"
		  "'reason':'spam of\\u001b Sunday','asked':'kai'},{'started':1795300596,'port':25,"
		  "'kind':'recheck','basis':'listed','depth':'gentle','pace':'listed','finding':'busy'}]}",
		  "198.18.0.27: not listed\n"
		  "  session        2026-11-22 07:36:36 JST, port 587: forms: 3, answered: 3, refused: 2, accepted: 1; ended properly\n"
		  "                 probe, depth normal, pace foreign, basis evidence (spam of\\x1b Sunday); asked for by kai\n"
		  "  session        2026-11-22 07:36:36 JST, port 25: forms: 0, answered: 0, refused: 0, accepted: 0; busy (4xx at the greeting, or 421)\n"
		  "                 recheck, depth gentle, pace listed, basis listed; asked for by -\n" },
		{ "show", "{'exit':0,'addr':'198.18.0.26','listed':false,'listings':[]}",
		  "198.18.0.26: not listed\n" },
		{ "status", "{'exit':0,'serial':4,'listings':1,'lab':true,"
		  "'control':true,'roles':{'probe':true,'receive':false}}",
		  "LAB: only laboratory ranges are probed; these listings mean nothing outside\n"
		  "serial 4, listings: 1\n"
		  "control letter: holds\n"
		  "probe: up\nreceive: down\n" },
		{ "status", "{'exit':0,'control':true,'public':{'open':true,'why':'','checklist':'passed','until':1795300596}}",
		  "serial 0, listings: 0\ncontrol letter: holds\n"
		  "public addresses: probed; the start-up checklist holds until 2026-11-22 07:36:36 JST\n" },
		{ "status", "{'exit':0,'control':true,'public':{'open':false,'why':'public-off','checklist':'passed'}}",
		  "serial 0, listings: 0\ncontrol letter: holds\n"
		  "public addresses: not probed: probe.public is false\n" },
		{ "status", "{'exit':0,'control':true,'public':{'open':false,'why':'public-unchecked','checklist':'over'}}",
		  "serial 0, listings: 0\ncontrol letter: holds\n"
		  "public addresses: not probed: the pass of the start-up checklist has ended; run `sekimori doctor`\n" },
		{ "status", "{'exit':0,'control':true,'public':{'open':false,'why':'of-\\u001btomorrow','checklist':'what'}}",
		  "serial 0, listings: 0\ncontrol letter: holds\n"
		  "public addresses: not probed: of-\\x1btomorrow\n" },
		{ "journal", "{'exit':0,'rows':9,'serial':4,'ok':true,'bad':0}",
		  "journal: 9 rows, serial 4, the chain holds\n" },
		{ "sunset", "{'exit':0,'zone':'bl.example','state':'announced','life':'closing','day':1811808000,"
		  "'expires':1795386996,'serial':812,'next':['announce','freeze','cancel'],'parent':[],'dry_run':true}",
		  "nothing was written; it would be:\n"
		  "bl.example: announced to close: works as ever until its day\n"
		  "_status.bl.example says \"closing\" until 2026-11-23 07:36:36 JST; serial 812\n"
		  "its day, from which on it may be emptied: 2027-06-01 09:00:00 JST\n"
		  "to do: tell everybody who may use the list, then freeze it about a month before its day\n"
		  "what may follow: announce, freeze, cancel\n" },
		{ "sunset", "{'exit':0,'zone':'bl\\u001b.example','state':'ended','life':'empty','day':0,'expires':0,"
		  "'rehearsal':true,'next':[],'parent':['bl.example. NS gone.\\u001b']}",
		  "bl\\x1b.example: ended: answers, and lists nothing; the delegation may go\n"
		  "only laboratory ranges are probed: the waits are not kept, which is a rehearsal\n"
		  "\nIn the zone that delegates bl\\x1b.example, write in place of its NS records and their addresses:\n\n"
		  "bl.example. NS gone.\\x1b\n"
		  "\nThese are documentation addresses: nobody answers there, so who still asks waits for a\n"
		  "time-out and accepts the mail.\n- Never a wildcard: it lists everybody.\n"
		  "- Keep the domain for good: who has it next can list everybody.\n"
		  "- Leave the daemon running until the old NS records have run out of all caches (their TTL,\n"
		  "  two days at least); then stop it.\n" },
		{ "key-add", "{'exit':0,'key':'sekimori-abc\\u001b','id':3}",
		  "sekimori-abc\\x1b\nkey 3; it is shown this once: only its digest is kept\n" },
		{ "key-revoke", "{'exit':0}", "revoked: it opens nothing any more\n" },
		{ "remove", "{'exit':0,'serial':5}", "delisted; serial 5\n" },
		{ "nominate", "{'exit':0,'reused':true,'verdict':'closed','last':{'verdict':'closed',"
		  "'done':2,'total':2,'catalogue':86,'depth':'normal','why':'all-refused','ports':'25','made':1795300596,'addr':'198.18.0.25'}}",
		  "not tested again; the verdict of 2026-11-22 07:36:36 JST holds: 198.18.0.25: closed: 2 of 86 forms (2 planned at depth normal), port 25\n" },
		{ "follow", "{'exit':2,'reused':true,'verdict':'none','last':null}",
		  "no test is under way, and there is no verdict yet\n" },
		{ "nominate", "{'exit':0,'addr':'198.18.0.25'}",
		  "198.18.0.25: queued (follow it: sekimori follow 198.18.0.25)\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text = NULL;
		size_t n = 0;
		FILE *f = open_memstream(&text, &n);
		json_t *done = parse(cases[i].in);
		struct render r;

		render_init(&r, f, false, "never", "never");
		render_answer(&r, cases[i].verb, done);
		render_end(&r);
		fclose(f);
		if (strcmp(text, cases[i].want) != 0)
			fail_msg("%s: got\n%swant\n%s", cases[i].verb, text,
			    cases[i].want);
		free(text);
		json_decref(done);
	}
}

static void
text_is_padded_by_columns(void **state)
{
	(void)state;
	assert_int_equal(words_width("abc"), 3);
	assert_int_equal(words_width("中継可能"), 8);
	assert_int_equal(words_width("(暫定)"), 6);
	assert_int_equal(words_width(""), 0);
	assert_int_equal(words_width("é"), 1);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(live_lines_in_english),
		cmocka_unit_test(live_lines_in_japanese),
		cmocka_unit_test(a_pipe_gets_results_only),
		cmocka_unit_test(keys_are_lines),
		cmocka_unit_test(a_verdict_is_said_when_it_changes_and_at_the_end),
		cmocka_unit_test(several_addresses_are_told_apart),
		cmocka_unit_test(hostile_json_text_cannot_reach_a_terminal),
		cmocka_unit_test(colour_is_an_addition),
		cmocka_unit_test(answers_are_shown),
		cmocka_unit_test(text_is_padded_by_columns),
	};

	if (argc != 2)
		return 2;
	catalogues = argv[1];
	setenv("TZ", "JST-9", 1);
	tzset();
	i18n_setup("en", catalogues);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
