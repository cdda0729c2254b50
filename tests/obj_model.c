/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is in a struct obj, beside the instructions that tests/obj.c compares. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "obj_tool.h"

static struct obj *opened(const char *source)
{
	struct str path, said;
	struct obj *o = NULL;
	struct diag d;

	diag_init(&d, 20);
	str_init(&path, 4096);
	tool_compile(source, "v3", "", &path);
	if (obj_open(path.s, NULL, &d, &o)) {
		str_init(&said, 1 << 16);
		diag_render(&d, DIAG_PLAIN, &said);
		FAIL("%s", said.s);
	}
	str_done(&path);
	diag_done(&d);
	return o;
}

TEST_WITH(maps, TEST_NO_OOM)
{
	struct obj *o = opened(
		"#include \"bpf.h\"\n"
		"struct inner { __uint(type, MAP_ARRAY); __uint(max_entries, 3); __type(key, u32); "
		"__type(value, u64); };\n"
		"struct inner a SEC(\".maps\"), b SEC(\".maps\");\n"
		"struct { __uint(type, MAP_ARRAY_OF_MAPS); __uint(max_entries, 8); "
		"__uint(key_size, 4);"
		" __array(values, struct inner); } outer SEC(\".maps\") = { .values = { [1] = "
		"(void *)&b, "
		"[5] = (void *)&a } };\n"
		"struct { __uint(type, MAP_HASH); __uint(max_entries, 7); __type(key, u32); "
		"__type(value, u16); __uint(pinning, 1); __uint(numa_node, 2); __ulong(map_extra, "
		"0x123456789aULL); } pinned SEC(\".maps\");\n"
		"int big[4] = {1, 2}; int zero; const volatile int ro = 7;\n"
		"SEC(\"xdp\") int prog(void *ctx) { u32 k = 1; return map_lookup(&outer, &k) != "
		"map_lookup(&pinned, &k) || big[2] + zero++ + ro; } LICENSE;\n");
	struct obj_map *outer = obj_map_find(o, "outer"), *m = obj_map_find(o, "pinned");

	CHECK_EQ(outer->n_init, 6);
	CHECK_EQ(outer->init[0], -1);
	CHECK_STR(o->map.at[outer->init[1]].name, "b");
	CHECK_STR(o->map.at[outer->init[5]].name, "a");
	CHECK(outer->inner);
	CHECK_STR(outer->inner->name, "outer.inner");
	CHECK_EQ(outer->inner->attr.max_entries, 3);
	CHECK_EQ(m->pin, OBJ_PIN_NAME);
	CHECK_EQ(m->attr.numa, 2);
	CHECK_EQ(m->attr.extra, 0x123456789a);
	CHECK_STR(btf_name(o->btf, m->attr.value_type), "u16");
	m = obj_map_find(o, "data");
	CHECK(m && m == obj_map_find(o, ".data") && m->kind == OBJ_MAP_DATA);
	CHECK_EQ(((int *)m->data)[1], 2);
	CHECK(!obj_map_find(o, "bss")->data);
	CHECK_EQ(obj_map_find(o, "rodata")->kind, OBJ_MAP_RODATA);
	CHECK(!obj_map_find(o, "nonesuch"));
	CHECK_STR(o->license, "GPL");
	obj_free(o);
}

TEST_WITH(old_maps, TEST_NO_OOM)
{
	struct obj *o = opened(
		"#include \"bpf.h\"\n"
		"struct bpf_elf_map { u32 type, size_key, size_value, max_elem, flags, id, "
		"pinning, "
		"inner_id; int inner_idx; };\n"
		"struct bpf_elf_map SEC(\"maps\") inner = {.type = MAP_ARRAY, .size_key = 4, "
		".size_value "
		"= 4, .max_elem = 1, .id = 42, .inner_idx = 2, .pinning = 2};\n"
		"struct bpf_elf_map SEC(\"maps\") outer = {.type = MAP_ARRAY_OF_MAPS, .size_key = "
		"4, "
		".size_value = 4, .max_elem = 4, .inner_id = 42, .inner_idx = -1, .pinning = 1};\n"
		"SEC(\"classifier\") int prog(void *ctx) { u32 k = 0; return map_lookup(&outer, "
		"&k) ? 1 : "
		"0; } LICENSE;\n");
	struct obj_map *outer = obj_map_find(o, "outer"), *inner = obj_map_find(o, "inner");

	CHECK(inner->old && inner->id == 42 && inner->pin == OBJ_PIN_NAME);
	CHECK(outer->inner && outer->inner->attr.type == ABI_MAP_ARRAY);
	CHECK_EQ(outer->pin, OBJ_PIN_OBJECT);
	CHECK_EQ(outer->n_init, 3);
	CHECK_STR(o->map.at[outer->init[2]].name, "inner");
	obj_free(o);
}

TEST_WITH(programs, TEST_NO_OOM)
{
	struct obj *o =
		opened("#include \"bpf.h\"\n"
		       "__noinline int part(int x) { return x * 3; }\n"
		       "SEC(\"?fentry.s/vfs_read\") int a(int *ctx) { return part(*ctx); }\n"
		       "SEC(\"xdp.frags\") int b(int *ctx) { return part(*ctx); }\n"
		       "SEC(\"kprobe\") int c(int *ctx) { return part(*ctx); } LICENSE;\n");
	struct obj_prog *p = obj_prog_find(o, "a");

	CHECK(!p->load && p->type == ABI_PROG_TRACING && p->flags == ABI_F_PROG_SLEEPABLE);
	CHECK_STR(p->target, "vfs_read");
	CHECK_STR(p->section, "fentry.s/vfs_read");
	CHECK_EQ(p->attach, ABI_ATTACH_TRACE_FENTRY);
	CHECK_EQ(obj_prog_find(o, "b")->flags, ABI_F_PROG_XDP_HAS_FRAGS);
	CHECK(obj_prog_find(o, "xdp.frags") == obj_prog_find(o, "b"));
	CHECK(!obj_prog_find(o, "c")->target);
	CHECK(!obj_prog_find(o, "part"));
	CHECK_EQ(obj_prog_set_section(o, p, "tc/ingress"), 0);
	CHECK_EQ(p->type, ABI_PROG_SCHED_CLS);
	CHECK_EQ(p->attach, ABI_ATTACH_TCX_INGRESS);
	CHECK(p->load);
	CHECK_EQ(obj_prog_set_section(o, p, "nonesuch"), -EINVAL);
	obj_free(o);
}

static void sets(struct obj *o, const char *name, const char *value, int64_t want)
{
	struct obj_var v;
	int64_t got = 0;

	CHECK_EQ(obj_var_set(o, name, value, NULL), 0);
	CHECK(obj_var_find(o, name, &v));
	memcpy(&got, o->map.at[v.map].data + v.off, MIN(v.size, 8u));
	CHECK_EQ(got, want);
}

static void refuses(struct obj *o, const char *name, const char *value, const char *words)
{
	struct str said;
	struct diag d;

	diag_init(&d, 20);
	str_init(&said, 1 << 16);
	CHECK_EQ(obj_var_set(o, name, value, &d), -EINVAL);
	diag_render(&d, DIAG_PLAIN, &said);
	if (!strstr(said.s, words))
		FAIL("it says: %s", said.s);
	str_done(&said);
	diag_done(&d);
}

TEST_WITH(variables, TEST_NO_OOM)
{
	struct obj *o =
		opened("#include \"bpf.h\"\n"
		       "enum color { RED, GREEN = 5, BLUE = -1 };\n"
		       "u8 byte; s16 word = 1; u64 quad; enum color color; bool flag; char "
		       "text[8]; char c;\n"
		       "u16 list[4]; struct { u32 a, b; } pair; const volatile int ro = 7; extern "
		       "int CONFIG_HZ "
		       "__kconfig;\n"
		       "SEC(\"socket\") int prog(void *ctx) { byte++; word++; quad++; color = RED; "
		       "flag = 1; "
		       "text[1] = c; list[1]++; pair.a++; return ro + CONFIG_HZ; } LICENSE;\n");
	struct obj_var v;
	size_t n = 0;

	sets(o, "byte", "255", 255);
	sets(o, "word", "-2", 0xfffe);
	sets(o, "word", "0x7fff", 0x7fff);
	sets(o, "quad", "0xffffffffffffffff", -1);
	sets(o, "color", "GREEN", 5);
	sets(o, "color", "BLUE", 0xffffffff);
	sets(o, "flag", "true", 1);
	sets(o, "c", "'x'", 'x');
	sets(o, "text", "abc", 0x636261);
	sets(o, "list", "1,2,0x30,4", 0x0004003000020001);
	sets(o, "pair", "0x0100000002000000", 0x0000000200000001);
	sets(o, "ro", "12", 12);
	sets(o, "CONFIG_HZ", "300", 300);
	refuses(o, "byte", "256", "does not fit");
	refuses(o, "word", "-32769", "does not fit");
	refuses(o, "byte", "x", "is no number");
	refuses(o, "color", "PINK", "is no value of that enum");
	refuses(o, "text", "too long for it", "is longer");
	refuses(o, "list", "1,2,3,4,5", "more elements");
	refuses(o, "pair", "5", "not as many bytes");
	refuses(o, "nonesuch", "5", "there is no variable");
	while (obj_var_next(o, n, &v))
		n++;
	CHECK_EQ(n, 10);
	CHECK_EQ(obj_map_resize(o, obj_map_find(o, "bss"), 4, NULL), -EINVAL);
	CHECK_EQ(obj_map_resize(o, obj_map_find(o, "bss"), 4096, NULL), 0);
	CHECK_EQ(obj_map_find(o, "bss")->data_size, 4096);
	CHECK_EQ(tool_prepare(o, NULL, "CONFIG_HZ=100\n", NULL), 0);
	sets(o, "CONFIG_HZ", "300", 300);
	obj_free(o);
}

/* Without a kernel, what was compiled in stays. */
TEST_WITH(no_kernel, TEST_NO_OOM)
{
	struct obj *o = opened("#include \"bpf.h\"\n"
			       "struct task_struct { int a, b, c; } __core; struct task_struct___x "
			       "{ int z; } __core;\n"
			       "SEC(\"raw_tp/x\") int prog(struct task_struct *t) { int x; "
			       "core_read(&x, &t->c); return x "
			       "+ field_exists(((struct task_struct___x *)t)->z) + "
			       "type_size(struct task_struct); } "
			       "LICENSE;\n");
	struct obj_prog *p = obj_prog_find(o, "prog");

	CHECK_EQ(tool_prepare(o, NULL, NULL, NULL), 0);
	CHECK_EQ(p->n_code, p->n_insns);
	CHECK_MEM(p->code, p->insn, p->n_code * sizeof(*p->code));
	CHECK_EQ(p->n_poisons, 0);
	obj_free(o);
}

TEST_WITH(poison_says_why, TEST_NO_OOM)
{
	struct btf *vmlinux = tool_vmlinux();
	struct obj *o =
		opened("#include \"bpf.h\"\n"
		       "struct task_struct { int nosuch; } __core;\n"
		       "SEC(\"raw_tp/x\") int prog(struct task_struct *t) { int x; core_read(&x, "
		       "&t->nosuch); return x; } LICENSE;\n");
	struct obj_prog *p = obj_prog_find(o, "prog");

	CHECK_EQ(tool_prepare(o, vmlinux, NULL, NULL), 0);
	CHECK_EQ(p->n_poisons, 1);
	CHECK_EQ(p->poison[0].helper, 195896080);
	CHECK_EQ(p->code[p->poison[0].insn].imm, 195896080);
	CHECK(strstr(p->poison[0].text, "struct task_struct.nosuch"));
	obj_free(o);
	btf_unref(vmlinux);
}

TEST_WITH(of_another_program, TEST_NO_OOM)
{
	struct btf *vmlinux = tool_vmlinux();
	struct obj *o = opened("#include \"bpf.h\"\n"
			       "SEC(\"fentry/my_function\") int prog(void *ctx) { return 0; } LICENSE;\n");

	obj_prog_find(o, "prog")->to_prog = true;
	CHECK_EQ(tool_prepare(o, vmlinux, NULL, NULL), 0);
	CHECK_EQ(obj_prog_find(o, "prog")->attach_btf, 0);
	obj_free(o);
	btf_unref(vmlinux);
}

TEST_WITH(descriptors, TEST_NO_OOM)
{
	struct obj *o = opened(
		"#include \"bpf.h\"\n"
		"struct { __uint(type, MAP_HASH); __uint(max_entries, 16); __type(key, u32); "
		"__type(value, u64); } a SEC(\".maps\"), b SEC(\".maps\"); int var = 3;\n"
		"SEC(\"xdp\") int prog(void *ctx) { u32 k = var; return map_lookup(&a, &k) && "
		"map_lookup(&b, &k); } LICENSE;\n");
	struct obj_prog *p = obj_prog_find(o, "prog");
	const int fd[] = {11, -1, 13};
	struct insn code[64];
	unsigned seen = 0;

	CHECK_EQ(tool_prepare(o, NULL, NULL, NULL), 0);
	CHECK(p->n_code < ARRAY_LEN(code));
	obj_prog_code(p, fd, NULL, code);
	for (uint32_t i = 0; i < p->n_code; i++) {
		seen |= isa_is_ld_imm64(&code[i]) && code[i].src == 1 && code[i].imm == 11 ? 1 : 0;
		seen |= isa_is_ld_imm64(&code[i]) && code[i].src == 2 && code[i].imm == 13 ? 2 : 0;
		seen |= code[i].code == 0x85 && code[i].imm == 2001000001 && i + 1 < p->n_code &&
					code[i + 1].imm == 2001000001
				? 4
				: 0;
	}
	CHECK_EQ(seen, 7);
	obj_free(o);
}

/* ---- the kernel's configuration ---- */

static void gzip_of(const char *text, const char *level, const char *path)
{
	char command[512];
	const char *argv[] = {"sh", "-c", command, NULL};
	struct str out, err;

	snprintf(command, sizeof(command), "gzip %s -c > %s", level, path);
	str_init(&out, 4096);
	str_init(&err, 4096);
	CHECK_EQ(test_spawn(argv, text, strlen(text), &out, &err), 0);
	str_done(&out);
	str_done(&err);
}

TEST_WITH(gzip, TEST_NO_OOM)
{
	static const char *const levels[] = {"-1", "-6", "-9"};
	char path[] = "/tmp/skep-gzip-XXXXXX";
	uint64_t seed = test_seed();
	struct str text, back;
	struct file f;
	int fd = mkstemp(path);

	CHECK(fd >= 0);
	close(fd);
	for (unsigned round = 0; round < 12; round++) {
		str_init(&text, 1 << 22);
		for (unsigned i = 0; i < round * 4000; i++)
			str_addf(&text, round % 2 ? "CONFIG_%u=y\n" : "%x",
				 (unsigned)test_random(&seed) % 97);
		gzip_of(text.s, levels[round % 3], path);
		str_init(&back, 1 << 22);
		CHECK_EQ(obj_kconfig_read(path, NULL, &back), 0);
		CHECK_STR(back.s, text.s);
		CHECK_EQ(file_read(path, 1 << 22, NULL, &f), 0);
		for (size_t n = 2; n < f.size && n < 200; n++) { /* cut off, it is told */
			CHECK_EQ(file_write(path, f.data, n, NULL), 0);
			str_reset(&back);
			CHECK_EQ(obj_kconfig_read(path, NULL, &back), -EINVAL);
		}
		file_done(&f);
		str_done(&back);
		str_done(&text);
	}
	unlink(path);
}

TEST_WITH(hosts_configuration, TEST_NO_OOM)
{
	struct str text;

	str_init(&text, 1 << 24);
	if (obj_kconfig_read(NULL, NULL, &text))
		SKIP("the kernel does not show its configuration");
	CHECK(strstr(text.s, "\nCONFIG_BPF=y\n"));
	str_done(&text);
}

/* ---- made piece by piece ---- */

TEST(made)
{
	const struct obj_map_attr attr = {.type = ABI_MAP_HASH,
					  .key_size = 4,
					  .value_size = 8,
					  .max_entries = 32,
					  .extra = 0x1234567890};
	const struct insn code[] = {isa_insn(0x18, 1, 0, 0, 0), isa_insn(0, 0, 0, 0, 0),
				    isa_insn(0x18, 2, 0, 0, 0), isa_insn(0, 0, 0, 0, 0),
				    isa_insn(0xb7, 0, 0, 0, 0), isa_insn(0x95, 0, 0, 0, 0)};
	const struct obj_reloc relocs[] = {
		{.insn = 0, .kind = OBJ_RELOC_MAP, .index = 0},
		{.insn = 2, .kind = OBJ_RELOC_DATA, .index = 1, .add = 4}};
	struct obj_target none = {0};
	struct obj *o = NULL, *again = NULL;
	struct obj_bytes b = {0};
	int err = obj_new("made", &o);

	if (!err)
		err = obj_set_license(o, "GPL");
	if (!err)
		err = MIN(obj_add_map(o, "counts", &attr), 0);
	if (!err)
		err = MIN(obj_add_data(o, ".data", "12345678", 8), 0);
	if (!err)
		err = MIN(obj_add_prog(o, "prog", "xdp", code, ARRAY_LEN(code)), 0);
	if (!err) {
		o->prog.at[0].reloc = (struct obj_reloc *)relocs;
		o->prog.at[0].n_relocs = 2;
		err = obj_write(o, NULL, &b);
	}
	if (!err)
		err = obj_open_bytes(b.data, b.size, "made", NULL, NULL, &again);
	if (!err)
		err = obj_prepare(again, &none, NULL);
	if (!err) {
		CHECK_STR(again->license, "GPL");
		CHECK_EQ(again->map.n, 2);
		CHECK_EQ(again->map.at[0].attr.extra, 0x1234567890);
		CHECK_MEM(again->map.at[1].data, "12345678", 8);
		CHECK_EQ(again->prog.at[0].type, ABI_PROG_XDP);
		CHECK_EQ(again->prog.at[0].code[0].src, 5);
		CHECK_EQ(again->prog.at[0].code[3].imm, 4);
	}
	if (err && !test_oom())
		FAIL("error %d", err);
	obj_bytes_done(&b);
	if (!err && !obj_link(&o, 1, NULL, &b)) { /* what was made can be linked, too */
		obj_free(again);
		again = NULL;
		err = obj_open_bytes(b.data, b.size, "linked", NULL, NULL, &again);
		CHECK(err || again->map.n == 2);
		obj_bytes_done(&b);
	}
	obj_free(again);
	obj_free(o);
}
