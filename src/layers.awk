# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# awk -f src/layers.awk src/layers src/*/*.[ch] src/*/*.def
#
# Checks the source against the DAG in src/layers: that the DAG is one, that a file includes only what
# its module may use, that only X/X.h is seen from outside, that batch modules do not manage memory,
# and that nobody uses the functions that are banned everywhere. Exits 1 with a line per violation.

function complain(text) {
	printf "%s:%d: %s\n", FILENAME, FNR, text
	bad++
}

BEGIN {
	split("strcpy strcat sprintf vsprintf alloca atoi atol gets strtok mktemp tmpnam system", list, " ")
	for (i in list)
		banned[list[i]] = 1
	split("malloc calloc realloc free strdup strndup", list, " ")
	for (i in list)
		allocates[list[i]] = 1
}

FNR == 1 {
	n = split(FILENAME, path, "/")
	module = path[n - 1]
	file = path[n]
	comment = 0
}

FILENAME ~ /layers$/ {
	if (/^#/ || !NF)
		next
	level[$1] = $2
	flags[$1] = $3
	for (i = 4; i <= NF; i++) {
		if ($i == "-")
			continue
		if (!($i in level))
			complain($1 " may not use " $i ", which is not below it in this file")
		else if (level[$i] >= level[$1] && $i != $1)
			complain($1 " (level " level[$1] ") may not use " $i " (level " level[$i] ")")
		may[$1, $i] = 1
	}
	next
}

FNR == 1 && !(module in level) {
	complain("module " module " is not in src/layers")
}

/^[ \t]*#[ \t]*include[ \t]*"/ {
	split($0, quoted, "\"")
	want = quoted[2]
	if (split(want, part, "/") == 1) {
		if (want != "skep.h")
			complain("include \"module/file\", not \"" want "\"")
		else if (module != "api" && module != "cli")
			complain("skep.h is the installed interface: only api and cli include it")
		next
	}
	if (part[1] == module)
		next
	if (!((module, part[1]) in may))
		complain(module " may not include " part[1])
	else if (part[2] != part[1] ".h" && part[2] !~ /\.def$/)
		complain("only " part[1] "/" part[1] ".h may be included from outside, not " want)
	next
}

/include[ \t]*<linux\/bpf/ && module != "kern" {
	complain("<linux/bpf*.h> belongs to kern: constants come from abi")
}

{
	line = $0
	if (comment) { # inside of /* */
		if (!sub(/^.*\*\//, "", line))
			next
		comment = 0
	}
	gsub(/"([^"\\]|\\.)*"/, "\"\"", line)
	gsub(/\/\*([^*]|\*[^\/])*\*\//, "", line)
	if (sub(/\/\*.*/, "", line))
		comment = 1
	sub(/\/\/.*/, "", line)
	gsub(/(->|\.)[A-Za-z_0-9]+/, "", line) # members may be called what they like
	while (match(line, /[A-Za-z_][A-Za-z_0-9]*[ \t]*\(/)) {
		word = substr(line, RSTART, RLENGTH)
		sub(/[ \t]*\($/, "", word)
		if (word in banned)
			complain(word "() is banned")
		if (word in allocates && !(module == "base" && file == "mem.c"))
			complain(word "(): memory comes from mem_alloc")
		if (flags[module] ~ /batch/ && word ~ /^(mem_alloc|mem_alloc_array|mem_realloc|mem_free|open|fopen)$/)
			complain(word "(): " module " is a batch module, memory comes from its arena")
		if (flags[module] !~ /print/ && word ~ /^(printf|puts|putchar|vprintf)$/)
			complain(word "(): only cli prints")
		if (flags[module] !~ /sys/ && word ~ /^(syscall|socket|ioctl|fork|execve|execvp|ptrace|perf_event_open)$/)
			complain(word "(): " module " makes no system calls")
		line = substr(line, RSTART + RLENGTH)
	}
}

END {
	exit bad > 0
}
