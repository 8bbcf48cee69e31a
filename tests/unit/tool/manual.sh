#!/bin/sh
# manual.sh MAN-DIRECTORY PROGRAM... -- has each manual every option of its
# program's table?  TAP.
set -u
man=$1
shift
echo "1..$#"
n=0 bad=0
page_of() {	# COMMAND
	case $1 in
	retract | note) echo remove ;;
	narrow | except) echo widen ;;
	follow | status | journal) echo show ;;
	*) echo "$1" ;;
	esac
}
for program; do
	n=$((n + 1))
	command=${program##*/sekimori-}
	page=$man/sekimori-$(page_of "$command").1
	missing=
	options=$("$program" --lang en --help |
		sed -n 's/^  \(-[a-z]\|  \),\{0,1\} *--\([a-z0-9-]*\).*/\2/p')
	[ -n "$options" ] || missing=" --help"
	for option in $options; do
		grep -Eq "Fl -$option( |\$|[^a-z0-9-])" "$page" || missing="$missing --$option"
	done
	if [ -z "$missing" ]; then
		echo "ok $n - $command"
	else
		echo "not ok $n - $command"
		echo "#$missing not in $page"
		bad=1
	fi
done
exit $bad
