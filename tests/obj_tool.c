/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Objects from clang, and libbpf's answer to them: obj_tool.h. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "obj_tool.h"

static void cache_dir(struct str *s)
{
	const char *cache = getenv("SKEP_CACHE"), *xdg = getenv("XDG_CACHE_HOME");

	if (cache)
		str_addf(s, "%s", cache);
	else if (xdg)
		str_addf(s, "%s/skep", xdg);
	else
		str_addf(s, "%s/.cache/skep", getenv("HOME") ? getenv("HOME") : "/tmp");
	for (char *p = s->s + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = 0;
		mkdir(s->s, 0777);
		*p = '/';
	}
	mkdir(s->s, 0777);
	str_add(s, "/obj");
	mkdir(s->s, 0777);
}

static const char *compiler(void)
{
	return test_have_command("clang-19") ? "clang-19" : "clang";
}

bool tool_has_cpu(const char *cpu)
{
	return strcmp(cpu, "v4") || !strcmp(compiler(), "clang-19");
}

static void compile(const char *source, const char *cpu, const char *flags, const char *out)
{
	struct str command, text, err;
	const char *argv[] = {"sh", "-c", NULL, NULL};

	str_init(&command, 1 << 16);
	str_init(&text, 1 << 20);
	str_init(&err, 1 << 20);
	str_addf(&command,
		 "%s -O2 -g -w --target=bpf -mcpu=%s -I%s/tests/obj %s -x c -c - -o %s.%d && "
		 "mv %s.%d %s",
		 compiler(), cpu, test_root(), flags, out, getpid(), out, getpid(), out);
	argv[2] = command.s;
	if (test_spawn(argv, source, strlen(source), &text, &err))
		FAIL("clang: %s", err.s);
	str_done(&command);
	str_done(&text);
	str_done(&err);
}

void tool_compile(const char *source, const char *cpu, const char *flags, struct str *ret_path)
{
	struct str key;
	struct file h;
	char header[4096];

	if (!test_have_command("clang"))
		SKIP("there is no clang");
	if (!tool_has_cpu(cpu))
		SKIP("this clang knows no -mcpu=%s", cpu);
	snprintf(header, sizeof(header), "%s/tests/obj/bpf.h", test_root());
	CHECK_EQ(file_read(header, 1 << 20, NULL, &h), 0);
	str_init(&key, 1 << 22);
	str_addn(&key, h.data, h.size);
	str_addf(&key, "%s %s %s %s", source, cpu, flags, compiler());
	cache_dir(ret_path);
	str_addf(ret_path, "/%016llx.bpf.o", (unsigned long long)hash_bytes(key.s, key.n, 1));
	if (access(ret_path->s, R_OK))
		compile(source, cpu, flags, ret_path->s);
	str_done(&key);
	file_done(&h);
}

static const char *oracle_path(void)
{
	static char path[4096];
	char script[4096];
	const char *argv[] = {"sh", script, NULL};
	struct str out, err;

	if (*path)
		return path;
	snprintf(script, sizeof(script), "%s/tests/obj/oracle.sh", test_root());
	str_init(&out, sizeof(path));
	str_init(&err, 1 << 20);
	if (test_spawn(argv, NULL, 0, &out, &err))
		SKIP("libbpf cannot be linked with: libbpf-dev, libelf-dev and zlib1g-dev are "
		     "needed");
	snprintf(path, sizeof(path), "%.*s", (int)strcspn(out.s, "\n"), out.s);
	str_done(&out);
	str_done(&err);
	return path;
}

int tool_oracle(const char *path, const char *kconfig, struct str *ret_out, struct str *ret_err)
{
	const char *argv[] = {oracle_path(), path, kconfig, NULL};

	return test_spawn(argv, NULL, 0, ret_out, ret_err);
}

int tool_oracle_version(void)
{
	const char *argv[] = {oracle_path(), NULL};
	struct str out, err;
	int major = 0, minor = 0;

	str_init(&out, 4096);
	str_init(&err, 4096);
	CHECK_EQ(test_spawn(argv, NULL, 0, &out, &err), 0);
	CHECK_EQ(sscanf(out.s, "%d.%d", &major, &minor), 2);
	str_done(&out);
	str_done(&err);
	return major * 100 + minor;
}

/* ---- our side ---- */

struct btf *tool_vmlinux(void)
{
	struct btf *b = NULL;

	if (access("/sys/kernel/btf/vmlinux", R_OK))
		SKIP("this kernel has no BTF");
	CHECK_EQ(btf_open("/sys/kernel/btf/vmlinux", NULL, NULL, &b), 0);
	return b;
}

static int ksym_find(void *ctx, const struct obj_extern *x, struct obj_ksym *ret)
{
	FILE *f = x->kind == OBJ_EXTERN_KSYM ? fopen("/proc/kallsyms", "re") : NULL;
	char line[1024], name[512], type;
	unsigned long long addr;
	int err = -ENOENT;

	(void)ctx;
	while (f && err && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%llx %c %511s", &addr, &type, name) == 3 &&
		    !strcmp(name, x->name)) {
			ret->addr = addr;
			err = 0;
		}
	}
	if (f)
		fclose(f);
	return err;
}

int tool_prepare(struct obj *o, const struct btf *vmlinux, const char *kconfig, struct diag *d)
{
	struct obj_target t = {.vmlinux = vmlinux,
			       .version = 6 << 16,
			       .kconfig = kconfig,
			       .kconfig_len = kconfig ? strlen(kconfig) : 0,
			       .cookie = true,
			       .syscall_wrapper = true,
			       .find = ksym_find};

	return obj_prepare(o, &t, d);
}

static void infos_dump(const char *what, const struct obj_info *info, struct str *to)
{
	for (uint32_t i = 0; i < info->n; i++) {
		str_add(to, what);
		for (uint32_t k = 0; k < info->size / 4; k++) {
			uint32_t word;

			memcpy(&word, (const char *)info->at + i * info->size + k * 4,
			       sizeof(word));
			str_addf(to, " %u", word);
		}
		str_addc(to, '\n');
	}
}

static void map_dump(const struct obj_map *m, struct str *to)
{
	bool ops = m->kind == OBJ_MAP_STRUCT_OPS;

	str_addf(to,
		 "map %s type %u key %u value %u max %u flags %#x extra %#llx key_type %u "
		 "value_type %u vmlinux_type %u\n",
		 m->kernel_name, m->attr.type, m->attr.key_size, m->attr.value_size,
		 m->attr.type == ABI_MAP_PERF_EVENT_ARRAY && !m->attr.max_entries
			 ? 1
			 : m->attr.max_entries,
		 m->attr.flags, (unsigned long long)m->attr.extra, m->attr.key_type,
		 ops ? 0 : m->attr.value_type, ops ? m->ops->kern_value_type : 0);
}

static unsigned attach_of(const struct obj_prog *p)
{
	if (p->type == ABI_PROG_STRUCT_OPS)
		return p->ops_member;
	return p->attach == ABI_ATTACH_NONE ? 0 : p->attach;
}

static void prog_dump(const struct obj_prog *p, struct str *to)
{
	str_addf(to, "prog %.15s type %u attach %u btf %u flags %#x insns %u\n", p->name, p->type,
		 attach_of(p), p->attach_btf, p->flags, p->n_code);
	for (uint32_t i = 0; i < p->n_code; i++) {
		const struct insn *c = &p->code[i];

		str_addf(to, "%02x %u %u %d %d\n", c->code, c->dst, c->src, c->off, c->imm);
	}
	infos_dump("func", &p->code_func, to);
	infos_dump("line", &p->code_line, to);
}

void tool_dump(const struct obj *o, struct str *to)
{
	for vec_each(&o->map, m) {
		if (m->create)
			map_dump(m, to);
	}
	for vec_each(&o->prog, p) {
		if (p->code)
			prog_dump(p, to);
	}
}
