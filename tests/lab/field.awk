# tests/lab/field.awk -- reads field.tsv; -v want=servers: its rows with the columns of the table "servers";
# -v want=ports: "NAME PORT,PORT" a line, "/6" behind it: IPv6 only; -v want=ZONE: the records that this zone of ours needs for them.
BEGIN { FS = "\t" }

function ipv6_nibbles(ipv6, groups, words, n, i, j, out) {	# fd00:18::A:B, the twenty below fd00:18::/48
	n = split(substr(ipv6, length("fd00:18::") + 1), words, ":")
	for (i = n; i >= 1; i--) {
		groups = "000" words[i]
		groups = substr(groups, length(groups) - 3)
		for (j = 4; j >= 1; j--)
			out = out substr(groups, j, 1) "."
	}
	for (i = 4 * n; i < 20; i++)
		out = out "0."
	return substr(out, 1, length(out) - 1)
}

function address_records(owner) {
	if ($3 != "-")
		print owner ".\tA\t" $3
	if ($4 != "-")
		print owner ".\tAAAA\t" $4
}

/^#/ || NF < 2 || $1 == "name" { next }

{
	domain = $1 ".example"
	host = "mail." domain
	ptr = $14 == "-" ? host : $14
	split($3 != "-" ? $3 : "198.18." substr($4, length("fd00:18::") + 1), part, /[.:]/)
}

want == "servers" {
	print $1, $13, $12, "198.18." part[3] "." part[4], host, domain, "-", "field"
}

want == "ports" {
	print $1, $5 ($3 == "-" ? "/6" : "")
}

want == "example" {
	print domain ".\tMX\t10 " host "."
	print domain ".\tTXT\t\"v=spf1 mx -all\""
	address_records(host)
	if (ptr != host && ptr != "none")
		address_records(ptr)
}

want == "18.198.in-addr.arpa" && $3 != "-" && ptr != "none" {
	print part[4] "." part[3] ".18.198.in-addr.arpa.\tPTR\t" ptr "."
}

want == "8.1.0.0.0.0.d.f.ip6.arpa" && $4 != "-" && ptr != "none" {
	print ipv6_nibbles($4) ".8.1.0.0.0.0.d.f.ip6.arpa.\tPTR\t" ptr "."
}

want == "probe.example" {	# a name of the prober's whose MX list holds the server, behind the receiver
	print "mx-" $1 ".probe.example.\tMX\t10 rx.probe.example."
	print "mx-" $1 ".probe.example.\tMX\t20 " host "."
	if ($3 != "-") {	# the same as the product calls it: sekimori-probe(1), FORMS
		dashed = $3
		gsub(/\./, "-", dashed)
		print "mx-" dashed ".probe.example.\tMX\t10 rx.probe.example."
		print "mx-" dashed ".probe.example.\tMX\t20 " host "."
	}
}
