# tests/lab/lib.sh -- what the laboratory's scripts share; sourced with $lab set to this directory.
# shellcheck shell=sh

# One laboratory has one name prefix (namespaces are named after it) and one state directory. Two of
# them live side by side under two prefixes: the addresses exist only inside the namespaces.
prefix=${SEKIMORI_LAB_PREFIX:-sekimori-lab}
outer=$prefix
state=${SEKIMORI_LAB:-$lab/../../build/lab}
mkdir -p "$state/$prefix" || exit 1
state=$(cd "$state" && pwd -P)
run=$state/$prefix		# per laboratory: logs, variant in force
roots=$state/roots		# shared: the unpacked packages

EX_USAGE=64
EX_SKIP=77			# the laboratory cannot exist here, which is no failure

die() {		# CODE TEXT
	code=$1; shift
	echo "lab: $*" >&2
	exit "$code"
}

# Both tables without comments; a row of the field is given the columns of the other one.
table=$(sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$lab/servers"
	awk -f "$lab/field.awk" -v want=servers "$lab/field.tsv")

servers() {
	echo "$table"
}

names() {
	servers | awk '{ print $1 }'
}

names_of() {	# GROUP
	servers | awk -v group="$1" '$8 == group { print $1 }'
}

field() {	# NAME COLUMN
	servers | awk -v name="$1" -v column="$2" '$1 == name { print $column }'
}

ipv6_of() {	# 198.18.A.B -> fd00:18::A:B
	echo "$1" | awk -F. '{ print "fd00:18::" ($3 == 0 ? "" : $3 ":") $4 }'
}

mac_of() {	# 198.18.A.B -> a locally administered one that ends with the same four octets
	echo "$1" | awk -F. '{ printf "02:00:%02x:%02x:%02x:%02x\n", $1, $2, $3, $4 }'
}

groups() {
	servers | awk '!seen[$8]++ { print $8 }'
}

named() {	# WORD...: a name stands for itself, a group for its servers
	for word in "$@"; do
		if groups | grep -qx "$word" && [ -z "$(field "$word" 1)" ]; then
			names_of "$word"
		else
			known "$word"
			echo "$word"
		fi
	done
}

roots_of() {	# NAME...: what they stand on but base
	servers | awk -v names="$*" '
		BEGIN { for (n = split(names, list, " "); n > 0; n--) wanted[list[n]] }
		$1 in wanted { gsub("[+]", " ", $2); print $2 }' | tr ' ' '\n' | sort -u
}

known() {	# NAME
	[ -n "$(field "$1" 1)" ] || die $EX_USAGE "no server '$1'; there are:" $(names)
}

netns_of() {	# NAME
	if [ "$1" = outer ]; then echo "$outer"; else echo "$prefix-$1"; fi
}

netns_exists() {	# NAME
	[ -e "/run/netns/$(netns_of "$1")" ]
}

pids_in() {	# NAME: everything that runs in its network namespace
	netns_exists "$1" && ip netns pids "$(netns_of "$1")" 2>/dev/null
}

# The first process of the server's PID namespace, by its number out here: it alone has number 1 in
# there. Nothing is kept in a file, so nothing can be stale.
init_of() {	# NAME
	for pid in $(pids_in "$1"); do
		awk -v pid="$pid" '/^NSpid:/ && NF > 2 && $NF == 1 { print pid }' \
			"/proc/$pid/status" 2>/dev/null || true	# it may have ended meanwhile
	done
}

# An alias on the bridge says whose the laboratory is: "PID:START DIRECTORY" of the process that will end
# it ("-" for none) and the state directory. It dies with the namespace, so it cannot lie.
owner_label() {
	process=${SEKIMORI_LAB_OWNER:-}
	start=$(start_time "$process")
	echo "${start:+$process:}${start:--} $state"
}

start_time() {	# PID; tells it from a later process of the same number
	sed 's/.*) //' "/proc/${1:-nobody}/stat" 2>/dev/null | awk '{ print $20 }'
}

owner() {
	ip -n "$outer" link show br0 2>/dev/null | sed -n 's/^ *alias //p'
}

owner_is_dead() {
	process=$(owner | cut -d' ' -f1)
	[ "$process" != - ] && [ "$(start_time "${process%:*}")" != "${process#*:}" ]
}

anything_lives() {
	for name in outer $(names); do
		[ -z "$(pids_in "$name")" ] || return 0
	done
	return 1
}

is_ours() {
	[ "$(owner | cut -d' ' -f2-)" = "$state" ]
}

# Another directory's laboratory is not ours to end, unless it is what a killed run left.
not_anothers() {
	netns_exists outer || return 0
	is_ours || owner_is_dead || ! anything_lives ||
		die 1 "'$prefix' already runs, from '$(owner | cut -d' ' -f2-)': end it there, or set SEKIMORI_LAB_PREFIX"
}

variant_of() {	# NAME
	cat "$run/$1.variant" 2>/dev/null || field "$1" 7
}

one_at_a_time() {	# up, down and set never run at the same time for one laboratory
	exec 9>"$run/lock"
	flock 9
}

# Says in one line why there can be no laboratory here.
require_namespaces() {
	[ "$(id -u)" -eq 0 ] || die $EX_SKIP "needs root (network and mount namespaces)"
	command -v ip >/dev/null || die $EX_SKIP "needs iproute2"
	mkdir -p "$state/mnt"
	why=$(cd "$state" && unshare --mount --net --pid --fork sh -ec '
		ip link add br0 type bridge
		ip link add v0 type veth peer name v1
		mount -t tmpfs lab mnt
		mkdir mnt/low mnt/up mnt/work mnt/root
		mount -t overlay -o lowerdir=mnt/low,upperdir=mnt/up,workdir=mnt/work lab mnt/root
		mount -t proc proc mnt/root
	' 2>&1) || die $EX_SKIP "namespaces are not permitted here:" "$(echo "$why" | head -n 1)"
}

# In a mount namespace of its own: a root of unpacked packages, memory above; it vanishes with the last
# process. Leaves the caller in it.
make_root() {	# ROOT[+ROOT...]
	# Relative paths: a checkout's path may hold the comma or colon that overlay options are cut at.
	cd "$state" || return
	mount -t tmpfs lab mnt
	mkdir mnt/up mnt/work mnt/root
	mount -t overlay -o "lowerdir=roots/$(echo "$1" | sed 's|+|:roots/|g'):roots/base,upperdir=mnt/up,workdir=mnt/work" lab mnt/root
	cd mnt/root || return
	# Only harmless devices: with the host's /dev/log the servers would write into the host's log.
	mount -t tmpfs lab dev
	for node in null zero full random urandom tty; do
		: >"dev/$node"
		mount --bind "/dev/$node" "dev/$node"
	done
	ln -s /proc/self/fd dev/fd
	mount -t proc proc proc
}
