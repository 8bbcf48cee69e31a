# tests/lab/show.sh -- the main job in front of the reader, each step checked; sourced by ./dev run, whose
# step, as_root, now_ms, seconds_since, $port and $web_port it uses.
# shellcheck shell=bash

dns_within_ms=1000	# from the verdict to the DNS answer

# What each server is expected to be found: address, server, verdict, further arguments of `nominate`.
# Debian's default Postfix defers strangers (454 4.7.1 Relay access denied) and never says 5xx.
# The own-domain relay shows itself only to the forms that pretend to be of its domain: depth full.
others="
198.18.1.11  debian-postfix    closed   --wait 60s
198.18.1.12  exim-closed       closed
198.18.1.13  opensmtpd-closed  closed
198.18.1.14  sender-relay      open     --depth full
198.18.1.15  sink              accepts  --wait 10s
"

sekimori() {	# COMMAND ARGUMENT...
	as_root build/bin/sekimori "$1" --socket "$data/control" --lang en --progress always "${@:2}"
}

basis=(--basis authority --reason laboratory --follow)

# The last verdict named: by a live line, or by the closing one ("198.18.1.15: accepts ...").
verdict_in() {	# FILE
	sed -n -e 's/.*[0-9]s  *verdict  *\([a-z]*\).*/\1/p' -e 's/^[0-9.]*: \([a-z]*\).*/\1/p' "$1" | tail -n 1
}

expect() {	# WANT GOT
	if [ "$1" = "$2" ]; then
		echo "   as expected: $2"
	else
		echo "   EXPECTED $1, got ${2:-nothing}"
		return 1
	fi
}

# Live lines until the verdict.
follow() {	# WANTED-VERDICT COMMAND ARGUMENT...
	local lines=build/state/follow
	echo "   \$ sekimori ${*:2}"
	sekimori "${@:2}" 2>&1 | tee "$lines" | sed 's/^/   | /' || true
	expect "$1" "$(verdict_in "$lines")"
}

list_name() {	# ADDRESS
	echo "$1" | awk -F. '{ print $4 "." $3 "." $2 "." $1 ".bl.example" }'
}

dns_says() {	# NAME: the address answered, else the status
	dig @127.0.0.1 -p "$port" +time=1 +tries=1 +noall +comments +answer "$1" A |
		awk '$4 == "A" { data = $5 } sub(/.*status: /, "") { sub(/,.*/, ""); status = $0 }
			END { print data ? data : status }'
}

dns_becomes() {	# ADDRESS WANT
	local name began got
	name=$(list_name "$1")
	began=$(now_ms)
	until got=$(dns_says "$name"); [ "$got" = "$2" ]; do
		[ $(($(now_ms) - began)) -lt $dns_within_ms ] || break
	done
	echo "   \$ dig @127.0.0.1 -p $port $name A    -> $got"
	echo "   \$ dig @127.0.0.1 -p $port $name TXT  -> $(dig @127.0.0.1 -p "$port" +short "$name" TXT)"
	expect "$2" "$got"
}

# The page's one sentence, by a client that is no more than a shell.
page_says() {	# ADDRESS WANT
	local path=/en/ip/$1 got
	exec 7<>"/dev/tcp/127.0.0.1/$web_port"
	printf 'GET %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nConnection: close\r\n\r\n' "$path" "$web_port" >&7
	got=$(sed -n 's/.*<h1[^>]*>\(.*\)<\/h1>.*/\1/p' <&7 | sed 's/<[^>]*>//g')
	exec 7>&-
	echo "   http://127.0.0.1:$web_port$path"
	expect "$2" "$got"
}

one_of_many() {	# ADDRESS SERVER WANT ARGUMENT...
	local began got
	began=$(now_ms)
	sekimori nominate "$1" "${basis[@]}" "${@:4}" >"build/state/follow.$2" 2>&1 || true
	got=$(verdict_in "build/state/follow.$2")
	printf '   %-12s %-17s %-8s %6s s  ' "$1" "$2" "${got:-nothing}" "$(seconds_since "$began")"
	if [ "$got" = "$3" ]; then echo "as expected"; else echo "EXPECTED $3"; return 1; fi
}

all_others() {
	local address server want more pids=() status=0 pid
	while read -r address server want more; do
		[ -n "$address" ] || continue
		# shellcheck disable=SC2086 # none or several words
		one_of_many "$address" "$server" "$want" $more &
		pids+=($!)
	done <<<"$others"
	for pid in "${pids[@]}"; do
		wait "$pid" || status=1
	done
	return $status
}

show_main_job() {
	local began open=198.18.1.10 status=0
	began=$(now_ms)
	step "nominate, probe, receipt, verdict: a Postfix that relays for everyone" \
		follow open nominate $open "${basis[@]}" || status=1
	step "listed: the answer in DNS" dns_becomes $open 127.0.0.2 || status=1
	step "listed: the page of the address" \
		page_says $open "$open is listed: it relays mail for strangers." || status=1
	step "five others, at the same time" all_others || status=1
	step "its owner closes the relay" lab set open-postfix closed || status=1
	step "retest" follow closed retest $open --follow || status=1
	step "removed: the answer in DNS" dns_becomes $open NXDOMAIN || status=1
	step "removed: the page of the address" page_says $open "$open is no longer listed." || status=1
	if [ $status -eq 0 ]; then
		printf '\nThe main job is done: every step as expected, %s s in all.\n' "$(seconds_since "$began")"
	else
		printf '\nNot every step did what it should: see FAILED above. Log: build/state/log\n'
	fi
	return $status
}

show_test_entry() {	# without a laboratory there is nobody to probe: the list's own test entry
	step "the list answers its test entry (RFC 5782)" dns_becomes 127.0.0.2 127.0.0.2
}

what_next() {	# WITH-LAB
	cat <<TEXT

Running until Ctrl-C: sekimorid (log: build/state/log)$([ -z "$1" ] || echo ", and the laboratory (./dev lab status)").
Try:
  dig @127.0.0.1 -p $port 2.0.0.127.bl.example A
TEXT
	[ -n "$1" ] || return 0
	cat <<TEXT
  http://127.0.0.1:$web_port/ip/198.18.1.14          in a browser: the page of a relay that is listed now
  ./dev lab set sender-relay closed     its owner closes it; then press "Test again" on that page
  ./dev lab set open-postfix open       the owner of another one opens it again
  build/bin/sekimori nominate --socket ${data#"$top/"}/control 198.18.1.10 --basis authority --reason again --follow
  ./dev lab exec open-postfix tail /var/log/mail.log
TEXT
}
