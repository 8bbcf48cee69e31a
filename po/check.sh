#!/bin/sh
# po/check.sh -- is every message translated?  TAP.
#
# 1. ja.po has no untranslated, fuzzy or obsolete message and its formats fit.
# 2. What xgettext finds in the sources is exactly what ja.po has.
# 3. POTFILES names every source file that marks a message.
set -u
top=$1
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
cd "$top" || exit 1
bad=0

say() { # number name status-file
	if [ -s "$3" ]; then
		echo "not ok $1 - $2"
		sed 's/^/# /' "$3"
		bad=1
	else
		echo "ok $1 - $2"
	fi
}

echo 1..3
{
	msgfmt --check -o /dev/null po/ja.po 2>&1
	msgattrib --untranslated --no-obsolete --no-wrap po/ja.po | grep '^msgid' | grep -v '^msgid ""$'
	msgattrib --fuzzy --no-wrap po/ja.po | grep '^#, fuzzy'
	msgattrib --only-obsolete --no-wrap po/ja.po | grep '^#~ msgid'
} > "$dir/1" 2>&1
say 1 "ja.po is whole" "$dir/1"

xgettext --from-code=UTF-8 -c -k_ -kN_ -f po/POTFILES -o "$dir/new.pot" > "$dir/2" 2>&1
{
	msgcmp --use-untranslated po/ja.po "$dir/new.pot" 2>&1
	msgcmp --use-untranslated "$dir/new.pot" po/ja.po 2>&1 | grep -v 'does not exist'
	msgcomm --unique --no-wrap po/ja.po "$dir/new.pot" 2>&1 | grep '^msgid "..*"' 
} >> "$dir/2"
say 2 "ja.po has the messages of the sources, no more and no less" "$dir/2"

grep -lE '\b(_|N_)\("' -r src --include='*.c' | sort > "$dir/have"
sort po/POTFILES | diff - "$dir/have" > "$dir/3"
say 3 "POTFILES names every file with messages" "$dir/3"
exit $bad
