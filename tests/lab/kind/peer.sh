# kind/peer.sh -- what the name servers and resolvers of group "dns" share; sourced by kind/peer-*.
# shellcheck shell=sh
#
#	start		the server without the list, and what keeps its files while it is stopped
#	load		checks the configuration on standard input by the server's own checker, takes it in
#			place of the last one and starts the server anew
#	stop, begin	ends the server, and starts it with the files that it left
#
# Whoever sources this defines write_conf, check, run (which returns when the server is in the
# background) and pid_file.
# shellcheck disable=SC1091 # written by enter
. /etc/lab-server

block=/run/peer.block		# what was loaded; the server's own configuration includes it

pid() {
	cat "${pid_file:?}" 2>/dev/null
}

stop() {
	running=$(pid) || return 0
	kill "$running"
	while [ -d "/proc/$running" ]; do
		sleep 0.02
	done
	rm -f "$pid_file"
}

begin() {
	run
	until pid >/dev/null; do
		sleep 0.02
	done
}

# Checked under the server's eyes alone: it includes the block from its usual place.
load() {
	cat >$block.new
	[ ! -e $block ] || mv $block $block.last
	mv $block.new $block
	check
	stop
	begin
}

# The first process of the namespaces: takes in whatever the server leaves behind, and never ends.
stay() {
	sleep infinity &
	wait
}

main() {	# WORD
	case $1 in
	start)
		: >$block
		write_conf
		check
		begin
		stay
		;;
	load) load ;;
	stop) stop ;;
	begin) begin ;;
	esac
}
