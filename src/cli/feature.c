/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * skep feature: what this kernel has, by trying: programs and maps of each type are made and thrown away,
 * and each helper is called in a program of each type. JSON has bpftool's keys; with "macros" it is a C
 * header.
 *
 * Types that need a place in the kernel get one: tracing the raw tracepoint sched_switch, LSM the hook
 * file_open. bpftool, which tries only functions, calls them missing where functions alone are closed.
 */
#include <ctype.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "abi/abi.h"
#include "btf/btf.h"
#include "cli/noun.h"
#include "obj/obj.h"

enum { LOG_BYTES = 1 << 14, MANY_INSNS = 4097, SYSCTL_BYTES = 64, NAME_BYTES = 128, CONFIG_MAX = 16 << 20, PREFIX_MAX = 64 };

struct probe {
	struct cli *c;
	struct engine *e;
	struct out *o;
	bool full, unprivileged, macros;
	const char *prefix;
	int btf_fd; /* a BTF with an int as type 1: for maps that must have one; -1 */
	char *log;  /* owned, LOG_BYTES */
	bool have_prog[_ABI_PROG_MAX];
};

/* ---- telling ----------------------------------------------------------------------------------- */

static void upper(const char *from, char *to)
{
	for (; *from; from++)
		*to++ = (char)toupper((unsigned char)*from);
	*to = 0;
}

/* "have_xdp_prog_type": true, or a line, or a macro. */
static void tell(const struct probe *p, const char *name, const char *what, bool have)
{
	char macro[NAME_BYTES];

	if (out_is_json(p->o)) {
		out_bool(p->o, name, have);
	} else if (p->macros) {
		upper(name, macro);
		out_text(p->o, "#define %s%s%s\n", p->prefix, have ? "" : "NO_", macro);
	} else {
		out_text(p->o, "%s is %savailable\n", what, have ? "" : "NOT ");
	}
}

static void begin_part(const struct probe *p, const char *key, const char *what)
{
	if (out_is_json(p->o))
		out_object(p->o, key);
	else
		out_text(p->o, p->macros ? "/*** %s ***/\n" : "Scanning %s...\n", what);
}

static void end_part(const struct probe *p)
{
	if (out_is_json(p->o))
		out_end(p->o);
	else
		out_text(p->o, "\n");
}

/* ---- programs ---------------------------------------------------------------------------------- */

/* What a program of that type needs to be one. */
static struct engine_prog_options program(const struct probe *p, uint32_t type, const struct insn *at, uint32_t n)
{
	static const struct { uint8_t type, attach; } wants[] = {
		{ABI_PROG_CGROUP_SOCK_ADDR, ABI_ATTACH_CGROUP_INET4_CONNECT},
		{ABI_PROG_CGROUP_SOCKOPT, ABI_ATTACH_CGROUP_SETSOCKOPT},
		{ABI_PROG_SK_LOOKUP, ABI_ATTACH_SK_LOOKUP},
		{ABI_PROG_NETFILTER, ABI_ATTACH_NETFILTER},
		{ABI_PROG_TRACING, ABI_ATTACH_TRACE_RAW_TP},
		{ABI_PROG_LSM, ABI_ATTACH_LSM_MAC},
	};
	const struct btf *b = type == ABI_PROG_TRACING || type == ABI_PROG_LSM ? engine_vmlinux(p->e) : NULL;
	struct engine_prog_options o = {.license = "GPL", .type = type, .insn = at, .insns = n, .log = p->log,
					.log_size = LOG_BYTES, .log_level = 1};
	size_t i;

	for (i = 0; i < ARRAY_LEN(wants); i++)
		if (wants[i].type == type)
			o.attach = wants[i].attach;
	if (type == ABI_PROG_SYSCALL)
		o.flags = ABI_F_PROG_SLEEPABLE;
	if (b)
		o.attach_btf_id = type == ABI_PROG_LSM ? btf_find(b, "bpf_lsm_file_open", BTF_BIT(FUNC)) :
							 btf_find(b, "btf_trace_sched_switch", BTF_BIT(TYPEDEF));
	if (type == ABI_PROG_EXT)
		o.attach_btf_id = 1; /* refused for what it goes to, where the type is known */
	return o;
}

static bool loads(const struct probe *p, uint32_t type, const struct insn *at, uint32_t n, int *ret_err)
{
	struct engine_prog_options o = program(p, type, at, n);
	int fd;

	*p->log = 0;
	fd = engine_prog_load(p->e, &o);
	*ret_err = fd < 0 ? fd : 0;
	engine_close(p->e, fd);
	return fd >= 0;
}

static bool has_prog_type(const struct probe *p, uint32_t type)
{
	const struct insn at[] = {isa_mov64_imm(0, 0), isa_insn(0x95, 0, 0, 0, 0)};
	int err;

	if (loads(p, type, at, ARRAY_LEN(at), &err))
		return true;
	if (type == ABI_PROG_STRUCT_OPS) /* known, but this is no member of anything */
		return err == -ENGINE_ENOTSUPP;
	return type == ABI_PROG_EXT && strstr(p->log, "replace kernel functions");
}

static void ask_progs(struct probe *p)
{
	const struct abi_prog_type *t;
	char key[NAME_BYTES], what[NAME_BYTES];
	unsigned id;

	begin_part(p, "program_types", "eBPF program types");
	for (id = 1; id < _ABI_PROG_MAX; id++) {
		t = abi_prog_type(id);
		if (!t)
			continue;
		p->have_prog[id] = has_prog_type(p, id);
		snprintf(key, sizeof(key), "have_%s_prog_type", t->name);
		snprintf(what, sizeof(what), "eBPF program_type %s", t->name);
		tell(p, key, what, p->have_prog[id]);
	}
	end_part(p);
}

/* ---- maps -------------------------------------------------------------------------------------- */

/* An int, for keys and values of maps that must have types. */
static int load_btf(const struct probe *p)
{
	struct btf_build *b = btf_build_new(NULL, 0);
	struct str bytes;
	int fd = -ENOMEM;

	str_init(&bytes, 1 << 16);
	if (b && btf_build_int(b, "int", 4, BTF_INT_SIGNED) && !btf_build_bytes(b, &bytes))
		fd = engine_btf_load(p->e, bytes.s, bytes.n, NULL, 0);
	str_done(&bytes);
	btf_build_free(b);
	return fd;
}

static bool has_map_type(const struct probe *p, const struct abi_map_type *t)
{
	const struct engine_map_options inner = {.type = ABI_MAP_HASH, .key_size = 4, .value_size = 4, .max_entries = 1};
	struct engine_map_options m = {.type = t->id, .key_size = t->key.min, .value_size = t->value.min, .flags = t->need};
	bool of_maps = t->id == ABI_MAP_ARRAY_OF_MAPS || t->id == ABI_MAP_HASH_OF_MAPS;
	int fd;

	m.max_entries = t->entries == ABI_ENTRIES_ZERO ? 0 : t->entries == ABI_ENTRIES_PAGES ? (uint32_t)getpagesize() : 1;
	if (t->id == ABI_MAP_STRUCT_OPS) {
		m.btf_vmlinux_value = 1; /* no struct of operations: refused for that, where they are known */
		m.key_size = m.value_size = 4;
	} else if (t->btf == ABI_MAP_BTF_MUST) {
		m.btf_fd = p->btf_fd;
		m.btf_key = m.btf_value = 1;
		m.key_size = m.value_size = 4;
	}
	if (of_maps)
		m.inner_fd = engine_map_create(p->e, &inner);
	fd = engine_map_create(p->e, &m);
	if (of_maps)
		engine_close(p->e, m.inner_fd);
	engine_close(p->e, fd);
	return fd >= 0 || (t->id == ABI_MAP_STRUCT_OPS && fd == -ENGINE_ENOTSUPP);
}

static void ask_maps(struct probe *p)
{
	const struct abi_map_type *t;
	char key[NAME_BYTES], what[NAME_BYTES];
	unsigned id;

	begin_part(p, "map_types", "eBPF map types");
	for (id = 1; id < _ABI_MAP_MAX; id++) {
		t = abi_map_type(id);
		if (!t)
			continue;
		snprintf(key, sizeof(key), "have_%s_map_type", t->name);
		snprintf(what, sizeof(what), "eBPF map_type %s", t->name);
		tell(p, key, what, has_map_type(p, t));
	}
	end_part(p);
}

/* ---- helpers ----------------------------------------------------------------------------------- */

/* Calls that are wrong in their arguments only are refused for these: the helper is known and allowed. */
static bool has_helper(const struct probe *p, uint32_t type, uint32_t id)
{
	static const char *const no[] = {"invalid func ", "unknown func ", "program of this type cannot use helper "};
	const struct insn at[] = {isa_insn(0x85, 0, 0, 0, (int32_t)id), isa_mov64_imm(0, 0), isa_insn(0x95, 0, 0, 0, 0)};
	size_t i;
	int err;

	if (loads(p, type, at, ARRAY_LEN(at), &err))
		return true;
	for (i = 0; i < ARRAY_LEN(no); i++)
		if (strstr(p->log, no[i]))
			return false;
	return *p->log && err != -EPERM; /* without a word the program came to nobody's eyes */
}

/* These are refused before anybody looks at what they call: what they may call is not to be found out so. */
static bool can_ask(const struct probe *p, uint32_t type)
{
	return p->have_prog[type] && type != ABI_PROG_STRUCT_OPS && type != ABI_PROG_EXT;
}

/* Those that write to the kernel's log, or to processes: a try of them is seen. */
static bool is_loud(uint32_t id)
{
	return id == ABI_HELPER_trace_printk || id == ABI_HELPER_trace_vprintk || id == ABI_HELPER_probe_write_user;
}

static void ask_helpers_of(struct probe *p, const struct abi_prog_type *t)
{
	const struct abi_helper *h;
	char key[NAME_BYTES];
	unsigned id;
	bool have;

	snprintf(key, sizeof(key), "%s_available_helpers", t->name);
	if (out_is_json(p->o))
		out_array(p->o, key, OUT_LIST);
	else if (!p->macros)
		out_text(p->o, "eBPF helpers supported for program type %s:\n", t->name);
	for (id = 1; id < _ABI_HELPER_MAX; id++) {
		h = abi_helper_by_id(id);
		if (!h || (is_loud(id) && !p->full))
			continue;
		have = can_ask(p, t->id) && has_helper(p, t->id, id);
		if (out_is_json(p->o) && have) {
			snprintf(key, sizeof(key), "bpf_%s", h->name);
			out_str(p->o, NULL, key);
		} else if (p->macros) {
			out_text(p->o, "#define %sBPF__PROG_TYPE_%s__HELPER_bpf_%s %d\n", p->prefix, t->name, h->name, have);
		} else if (have) {
			out_text(p->o, "\t- bpf_%s\n", h->name);
		}
	}
	if (out_is_json(p->o))
		out_end(p->o);
}

static void ask_helpers(struct probe *p)
{
	const struct abi_prog_type *t;
	unsigned id;

	begin_part(p, "helpers", "eBPF helper functions");
	for (id = 1; id < _ABI_PROG_MAX; id++) {
		t = abi_prog_type(id);
		if (t)
			ask_helpers_of(p, t);
	}
	end_part(p);
}

/* ---- the rest ---------------------------------------------------------------------------------- */

static bool runs(const struct probe *p, const struct insn *at, uint32_t n)
{
	struct engine_prog_options o = program(p, ABI_PROG_SOCKET_FILTER, at, n);
	int fd;

	o.log_level = o.log_size = 0; /* which many instructions would fill */
	o.log = NULL;
	fd = engine_prog_load(p->e, &o);
	engine_close(p->e, fd);
	return fd >= 0;
}

static bool has_many_insns(const struct probe *p)
{
	struct insn *at = mem_alloc_array(MANY_INSNS + 1, sizeof(*at));
	bool have;
	int i;

	for (i = 0; at && i < MANY_INSNS; i++)
		at[i] = isa_mov64_imm(0, 1);
	if (at)
		at[MANY_INSNS] = isa_insn(0x95, 0, 0, 0, 0);
	have = at && runs(p, at, MANY_INSNS + 1);
	mem_free(at);
	return have;
}

static void ask_misc(struct probe *p)
{
	const struct insn end = isa_insn(0x95, 0, 0, 0, 0), zero = isa_mov64_imm(0, 0);
	const struct insn loop[] = {isa_mov64_imm(0, 10), isa_sub64_imm(0, 1), isa_jne64_imm(0, 0, -2), end};
	const struct insn v2[] = {zero, isa_jlt64_imm(0, 1, 1), isa_mov64_imm(0, 1), end};
	const struct insn v3[] = {zero, isa_jlt32_imm(0, 1, 1), isa_mov64_imm(0, 1), end};
	const struct insn v4[] = {zero, isa_insn(0xbf, 0, 0, 8, 0), end}; /* r0 = (s8)r0 */

	begin_part(p, "misc", "miscellaneous eBPF features");
	tell(p, "have_large_insn_limit", "Large program size limit", has_many_insns(p));
	tell(p, "have_bounded_loops", "Bounded loop support", runs(p, loop, ARRAY_LEN(loop)));
	tell(p, "have_v2_isa_extension", "ISA extension v2", runs(p, v2, ARRAY_LEN(v2)));
	tell(p, "have_v3_isa_extension", "ISA extension v3", runs(p, v3, ARRAY_LEN(v3)));
	tell(p, "have_v4_isa_extension", "ISA extension v4", runs(p, v4, ARRAY_LEN(v4)));
	end_part(p);
}

static void ask_sysctls(const struct probe *p)
{
	static const struct { const char *path, *name; } sysctls[] = {
		{"/proc/sys/kernel/unprivileged_bpf_disabled", "unprivileged_bpf_disabled"},
		{"/proc/sys/net/core/bpf_jit_enable", "bpf_jit_enable"},
		{"/proc/sys/net/core/bpf_jit_harden", "bpf_jit_harden"},
		{"/proc/sys/net/core/bpf_jit_kallsyms", "bpf_jit_kallsyms"},
		{"/proc/sys/net/core/bpf_jit_limit", "bpf_jit_limit"},
	};
	char text[SYSCTL_BYTES];
	int64_t v;
	size_t i;
	FILE *f;

	for (i = 0; i < ARRAY_LEN(sysctls); i++) {
		f = fopen(sysctls[i].path, "re");
		v = f && fgets(text, sizeof(text), f) ? strtoll(text, NULL, 10) : -1;
		if (f)
			fclose(f);
		if (out_is_json(p->o))
			out_int(p->o, sysctls[i].name, v);
		else if (v < 0)
			out_text(p->o, "%s cannot be read\n", sysctls[i].name);
		else
			out_text(p->o, "%s is %lld\n", sysctls[i].name, (long long)v);
	}
}

/* What stands behind "NAME=" at the beginning of a line. */
static bool find_option(const char *config, const char *name, char *to, size_t size)
{
	const char *at;
	size_t n = strlen(name), len;

	for (at = config; (at = strstr(at, name)); at += n) {
		if (at[n] != '=' || (at > config && at[-1] != '\n'))
			continue;
		len = MIN(strcspn(at + n + 1, "\n"), size - 1);
		memcpy(to, at + n + 1, len);
		to[len] = 0;
		return true;
	}
	return false;
}

static const char *const config_options[] = {
	"BPF", "BPF_SYSCALL", "HAVE_EBPF_JIT", "BPF_JIT", "BPF_JIT_ALWAYS_ON", "DEBUG_INFO_BTF", "DEBUG_INFO_BTF_MODULES",
	"CGROUPS", "CGROUP_BPF", "CGROUP_NET_CLASSID", "SOCK_CGROUP_DATA", "BPF_EVENTS", "KPROBE_EVENTS", "UPROBE_EVENTS",
	"TRACING", "FTRACE_SYSCALLS", "FUNCTION_ERROR_INJECTION", "BPF_KPROBE_OVERRIDE", "NET", "XDP_SOCKETS",
	"LWTUNNEL_BPF", "NET_ACT_BPF", "NET_CLS_BPF", "NET_CLS_ACT", "NET_SCH_INGRESS", "XFRM", "IP_ROUTE_CLASSID",
	"IPV6_SEG6_BPF", "BPF_LIRC_MODE2", "BPF_STREAM_PARSER", "NETFILTER_XT_MATCH_BPF", "BPFILTER", "BPFILTER_UMH",
	"TEST_BPF", "HZ",
};

static void ask_config(const struct probe *p)
{
	char value[NAME_BYTES], name[NAME_BYTES];
	struct str config;
	size_t i;
	bool set, known;

	str_init(&config, CONFIG_MAX);
	known = !obj_kconfig_read(NULL, NULL, &config);
	for (i = 0; i < ARRAY_LEN(config_options); i++) {
		snprintf(name, sizeof(name), "CONFIG_%s", config_options[i]);
		set = known && find_option(config.s, name, value, sizeof(value));
		if (out_is_json(p->o) && set)
			out_str(p->o, name, value);
		else if (out_is_json(p->o))
			out_null(p->o, name);
		else if (p->macros && set && !strcmp(config_options[i], "HZ"))
			out_text(p->o, "#define %s%s %s\n", p->prefix, name, value);
		else if (!p->macros)
			out_text(p->o, "%s is %s%s\n", name, !known ? "not known" : set ? "set to " : "not set", set ? value : "");
	}
	str_done(&config);
}

static void ask_system(struct probe *p)
{
	union engine_attr attr = {0};

	begin_part(p, "system_config", p->macros ? "Misc kernel config items" : "system configuration");
	if (!p->macros)
		ask_sysctls(p);
	ask_config(p);
	end_part(p);
	begin_part(p, "syscall_config", p->macros ? "System call availability" : "system call availability");
	tell(p, "have_bpf_syscall", "bpf() syscall", engine_bpf(p->e, ABI_CMD_PROG_LOAD, &attr, sizeof(attr.prog_load)) != -ENOSYS);
	end_part(p);
}

/* ---- probe ------------------------------------------------------------------------------------- */

/* From here on as somebody without any right; this process has no other business. */
static int drop_rights(void)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};

	return syscall(SYS_capset, &head, none) ? -errno : 0;
}

static int read_how(struct cli_words *w, struct probe *p)
{
	const char *prefix;

	cli_word_is(w, "kernel");
	while (cli_word(w)) {
		if (cli_word_is(w, "full")) {
			p->full = true;
		} else if (cli_word_is(w, "unprivileged")) {
			p->unprivileged = true;
		} else if (cli_word_is(w, "macros")) {
			p->macros = true;
		} else if (cli_word_is(w, "prefix")) {
			prefix = cli_word_take(w, "a prefix");
			if (!prefix)
				return -EINVAL;
			p->prefix = prefix;
		} else {
			return cli_words_end(w);
		}
	}
	if (strlen(p->prefix) > PREFIX_MAX)
		return diag_error(&w->c->diag, "usage.operand", DIAG_NONE, "a prefix has at most %d characters", PREFIX_MAX);
	if (p->macros && cli_is_json(w->c))
		return diag_error(&w->c->diag, "usage.operand", DIAG_NONE, "macros are not to be had as JSON");
	return 0;
}

static int run_probe(const struct opt_args *a)
{
	struct cli_words w = cli_words(a);
	struct probe p = {.c = w.c, .prefix = "", .btf_fd = -1};
	struct out o;
	int err = read_how(&w, &p);

	if (err)
		return CLI_USAGE;
	err = cli_engine(w.c, NULL, &p.e);
	p.log = mem_alloc(LOG_BYTES);
	if (!err && !p.log)
		err = -ENOMEM;
	if (!err && p.unprivileged)
		err = drop_rights();
	if (err) {
		mem_free(p.log);
		return noun_failed(w.c, "cannot try", err);
	}
	p.btf_fd = load_btf(&p);
	cli_out_init(w.c, &o);
	p.o = &o;
	if (out_is_json(&o))
		out_object(&o, NULL);
	ask_system(&p);
	ask_progs(&p);
	ask_maps(&p);
	ask_helpers(&p);
	ask_misc(&p);
	if (out_is_json(&o))
		out_end(&o);
	engine_close(p.e, p.btf_fd);
	mem_free(p.log);
	return cli_out_done(w.c, &o, CLI_OK);
}

/* ---- list_builtins ----------------------------------------------------------------------------- */

/* The name of the nth of a group, NULL: there is none of that number. */
static const char *builtin(unsigned group, unsigned id, char to[NAME_BYTES])
{
	const struct abi_helper *h;

	switch (group) {
	case 0:
		return abi_prog_type(id) ? abi_prog_type(id)->name : NULL;
	case 1:
		return abi_map_type(id) ? abi_map_type(id)->name : NULL;
	case 2:
		return abi_attach_type(id) ? abi_attach_type(id)->name : NULL;
	case 3:
		return abi_link_type(id) ? abi_link_type(id)->name : NULL;
	}
	h = id ? abi_helper_by_id(id) : NULL;
	snprintf(to, NAME_BYTES, "bpf_%s", h ? h->name : "");
	return h ? to : NULL;
}

static int run_builtins(const struct opt_args *a)
{
	static const struct { const char *name; unsigned max; } groups[] = {
		{"prog_types", _ABI_PROG_MAX}, {"map_types", _ABI_MAP_MAX}, {"attach_types", _ABI_ATTACH_MAX},
		{"link_types", _ABI_LINK_MAX}, {"helpers", _ABI_HELPER_MAX}};
	struct cli_words w = cli_words(a);
	char text[NAME_BYTES];
	const char *name;
	struct out o;
	unsigned g, id;

	for (g = 0; g < ARRAY_LEN(groups) && !cli_word_is(&w, groups[g].name); g++)
		;
	if (g == ARRAY_LEN(groups)) {
		diag_error(&w.c->diag, "usage.operand", DIAG_NONE,
			   "which: prog_types, map_types, attach_types, link_types or helpers?");
		return CLI_USAGE;
	}
	cli_out_init(w.c, &o);
	if (out_is_json(&o))
		out_array(&o, NULL, OUT_LIST);
	for (id = 0; id < groups[g].max; id++) {
		name = builtin(g, id, text);
		if (name && out_is_json(&o))
			out_str(&o, NULL, name);
		else if (name)
			out_text(&o, "%s\n", name);
	}
	if (out_is_json(&o))
		out_end(&o);
	return cli_out_done(w.c, &o, CLI_OK);
}

/* ---- the commands ------------------------------------------------------------------------------ */

static const struct opt_example probe_examples[] = {
	{"skep feature probe -j | jq .map_types", "which maps this kernel has"},
	{"skep feature probe macros prefix MY_ > features.h", "as a C header"},
	{0},
};

static const struct opt_command probe_command = {
	.name = "probe",
	.args = "[kernel] [full] [unprivileged] [macros [prefix PREFIX]]",
	.summary = "try what this kernel has",
	.about = "Makes programs and maps of every type, and calls every helper in each type of program, to see what the "
		 "kernel takes; nothing of it stays. Helpers whose use the kernel logs are tried only with full. With "
		 "unprivileged all rights are given up first.",
	.examples = probe_examples,
	.run = run_probe,
	.min_args = 0,
	.max_args = -1,
	.complete = "kernel full unprivileged macros prefix",
};

static const struct opt_command builtins_command = {
	.name = "list_builtins",
	.args = "prog_types|map_types|attach_types|link_types|helpers",
	.summary = "list the names that skep knows",
	.run = run_builtins,
	.min_args = 1,
	.max_args = 1,
	.complete = "prog_types map_types attach_types link_types helpers",
};

static const struct opt_command *const subs[] = {&probe_command, &builtins_command, NULL};

const struct opt_command cmd_feature = {
	.name = "feature",
	.summary = "tell what this kernel has, by trying",
	.sub = subs,
};
