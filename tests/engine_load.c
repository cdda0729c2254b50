/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The loader, over both engines: an object of every kind of map and global becomes maps and programs
 * that do the same on each.
 */
#include <stdlib.h>
#include <unistd.h>

#include "engine/engine.h"
#include "kern/kern.h"
#include "obj/obj.h"
#include "test.h"

static const char everything[] =
	"#include <linux/bpf.h>\n"
	"#include <bpf/bpf_helpers.h>\n"
	"struct inner { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, int);\n"
	"	__type(value, long); } in SEC(\".maps\");\n"
	"struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 8); __type(key, int);\n"
	"	__type(value, long); } counts SEC(\".maps\");\n"
	"struct { __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS); __uint(max_entries, 2); __uint(key_size, 4);\n"
	"	__array(values, struct inner); } outer SEC(\".maps\") = { .values = { &in } };\n"
	"int tail(struct __sk_buff *s);\n"
	"struct { __uint(type, BPF_MAP_TYPE_PROG_ARRAY); __uint(max_entries, 2); __uint(key_size, 4);\n"
	"	__array(values, int (struct __sk_buff *)); } jumps SEC(\".maps\") = { .values = { [1] = (void *)&tail } };\n"
	"struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 100); } events SEC(\".maps\");\n"
	"const volatile int step = 3;\n"
	"int total = 10;\n"
	"long zero;\n"
	"static __attribute__((noinline)) int add(int a, int b) { return a + b; }\n"
	"SEC(\"tc\") int tail(struct __sk_buff *s) { zero++; return 7; }\n"
	"SEC(\"tc\") int first(struct __sk_buff *s)\n"
	"{\n"
	"	int key = 5, slot = 0;\n"
	"	long one = 1, *v;\n"
	"	void *m;\n"
	"	total = add(total, step);\n"
	"	v = bpf_map_lookup_elem(&counts, &key);\n"
	"	if (v) ++*v; else bpf_map_update_elem(&counts, &key, &one, 0);\n"
	"	m = bpf_map_lookup_elem(&outer, &slot);\n"
	"	if (m && (v = bpf_map_lookup_elem(m, &slot))) *v = 42;\n"
	"	bpf_ringbuf_output(&events, &one, sizeof(one), 0);\n"
	"	if (s->len > 100) bpf_tail_call(s, &jumps, 1);\n"
	"	return total;\n"
	"}\n"
	"SEC(\"?xdp\") int never(struct xdp_md *x) { return 0; }\n"
	"char LICENSE[] SEC(\"license\") = \"GPL\";\n";

static struct obj *compile(const char *source, struct diag *d, char dir[])
{
	struct str c, o, out, err;
	struct obj *obj;
	int status;

	str_init(&c, 4096);
	str_init(&o, 4096);
	str_init(&out, 1 << 16);
	str_init(&err, 1 << 16);
	str_addf(&c, "%s/all.bpf.c", dir);
	str_addf(&o, "%s/all.bpf.o", dir);
	CHECK_EQ(file_write(c.s, source, strlen(source), d), 0);
	const char *argv[] = {"clang",	"-target", "bpf", "-O2", "-g", "-mcpu=v3",
			      "-I/usr/include/x86_64-linux-gnu", "-c", c.s, "-o", o.s, NULL};
	status = test_spawn(argv, NULL, 0, &out, &err);
	if (status)
		FAIL("clang: %s", err.s);
	CHECK_EQ(obj_open(o.s, NULL, d, &obj), 0);
	unlink(c.s);
	unlink(o.s);
	rmdir(dir);
	str_done(&c);
	str_done(&o);
	str_done(&out);
	str_done(&err);
	return obj;
}

static void fail_with(struct diag *d, const char *what, int err)
{
	struct str s;

	str_init(&s, 1 << 16);
	diag_render(d, DIAG_PLAIN, &s);
	FAIL("%s: %d\n%s", what, err, s.s);
}

static uint32_t word_of(struct engine *e, struct engine_loaded *l, const char *map)
{
	uint32_t zero = 0, value[64] = {0};
	struct engine_loaded_map *m = engine_loaded_map(l, map);

	CHECK(m && m->fd >= 0);
	CHECK(m->value_size <= sizeof(value));
	CHECK_EQ(engine_map_lookup(e, m->fd, &zero, value, 0), 0);
	return value[0];
}

static void try(struct engine *e)
{
	char dir[] = "/tmp/skep-load-XXXXXX";
	uint8_t packet[128] = {0};
	struct engine_run r = {.data_in = packet, .data_in_len = 64};
	struct engine_loaded l;
	struct engine_load o = {0};
	struct engine_loaded_prog *p;
	struct obj *obj;
	struct diag d;
	uint64_t v = 0;
	uint32_t key = 5;
	int err, fd;

	if (!test_have_command("clang"))
		SKIP("no clang");
	diag_init(&d, 8);
	CHECK(mkdtemp(dir));
	obj = compile(everything, &d, dir);
	if (obj_var_set(obj, "step", "4", &d))
		fail_with(&d, "set", -EINVAL);
	o.obj = obj;
	err = engine_load(e, &o, &d, &l);
	if (err)
		fail_with(&d, "load", err);
	p = engine_loaded_prog(&l, "first");
	CHECK(p && p->fd >= 0);
	CHECK_EQ(engine_loaded_prog(&l, "never")->fd, -1);
	CHECK_EQ(engine_prog_run(e, p->fd, &r), 0);
	CHECK_EQ(r.retval, 14);
	CHECK_EQ(word_of(e, &l, ".data"), 14);
	CHECK_EQ(word_of(e, &l, ".rodata"), 4);
	CHECK_EQ(engine_map_lookup(e, engine_loaded_map(&l, "counts")->fd, &key, &v, 0), 0);
	CHECK_EQ(v, 1);
	CHECK_EQ(word_of(e, &l, "in"), 42);
	r.data_in_len = 128;
	CHECK_EQ(engine_prog_run(e, p->fd, &r), 0);
	CHECK_EQ(r.retval, 7);
	CHECK_EQ(word_of(e, &l, ".bss"), 1);
	fd = engine_loaded_map(&l, "events")->fd;
	CHECK_EQ(engine_wait(e, &fd, 1, 0), 1);
	key = 0;
	CHECK_EQ(engine_map_update(e, engine_loaded_map(&l, ".rodata")->fd, &key, packet, 0), -EPERM);
	engine_loaded_done(&l);
	obj_free(obj);
	diag_done(&d);
	engine_free(e);
}

TEST_WITH(an_object_on_the_embedded_engine, TEST_NO_OOM)
{
	const struct engine_options o = {0};
	struct engine *e;

	CHECK_EQ(engine_embedded_new(&o, NULL, &e), 0);
	try(e);
}

TEST_WITH(the_same_in_native_code, TEST_NO_OOM)
{
	const struct engine_options o = {.trust = true, .vmlinux = "/sys/kernel/btf/vmlinux"};
	struct engine *e;

	if (access(o.vmlinux, R_OK))
		SKIP("no BTF of the kernel");
	CHECK_EQ(engine_embedded_new(&o, NULL, &e), 0);
	try(e);
}

TEST_WITH(the_same_in_the_kernel, TEST_NO_OOM)
{
	const char *why = test_bpf_missing();
	struct engine *e;

	if (why)
		SKIP("%s", why);
	CHECK_EQ(engine_kernel_new(NULL, &e), 0);
	try(e);
}

static const char pinned[] =
	"#include <linux/bpf.h>\n"
	"#include <bpf/bpf_helpers.h>\n"
	"struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 2); __type(key, int);\n"
	"	__type(value, long); __uint(pinning, LIBBPF_PIN_BY_NAME); } kept SEC(\".maps\");\n"
	"struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 2); __type(key, int);\n"
	"	__type(value, long); } sized SEC(\".maps\");\n"
	"SEC(\"xdp\") int prog(struct xdp_md *x)\n"
	"{\n"
	"	int key = 0; long *v = bpf_map_lookup_elem(&kept, &key);\n"
	"	if (v) ++*v;\n"
	"	return 2;\n"
	"}\n";

/* The second time, what the first has pinned is found, with what is in it. */
static void load_twice(struct engine *e, const char *pins)
{
	const struct engine_load_map asked = {.name = "sized", .max_entries = 77};
	const struct engine_load_prog none = {.name = "prog", .skip = true};
	char dir[] = "/tmp/skep-load-XXXXXX";
	struct engine_loaded l[2];
	uint64_t v = 9, got = 0;
	uint32_t key = 1;
	struct diag d;
	struct obj *obj[2];
	int i, err;

	diag_init(&d, 8);
	for (i = 0; i < 2; i++) {
		struct engine_load o = {.pin_dir = pins, .map = &asked, .maps = 1, .prog = &none, .progs = (size_t)i};

		CHECK(mkdtemp(dir));
		obj[i] = compile(pinned, &d, dir);
		memcpy(dir + strlen(dir) - 6, "XXXXXX", 6);
		o.obj = obj[i];
		err = engine_load(e, &o, &d, &l[i]);
		if (err)
			fail_with(&d, "load", err);
		CHECK_EQ(engine_loaded_map(&l[i], "kept")->reused, i);
		CHECK_EQ(engine_loaded_map(&l[i], "sized")->max_entries, 77);
		if (!i)
			CHECK_EQ(engine_map_update(e, engine_loaded_map(&l[0], "kept")->fd, &key, &v, 0), 0);
	}
	CHECK(engine_loaded_prog(&l[0], "prog")->fd >= 0);
	CHECK_EQ(engine_loaded_prog(&l[1], "xdp")->fd, -1);
	CHECK_EQ(engine_map_lookup(e, engine_loaded_map(&l[1], "kept")->fd, &key, &got, 0), 0);
	CHECK_EQ(got, 9);
	for (i = 0; i < 2; i++) {
		engine_loaded_done(&l[i]);
		obj_free(obj[i]);
	}
	diag_done(&d);
	engine_free(e);
}

TEST_WITH(pinned_maps_are_found_again, TEST_NO_OOM)
{
	char pins[] = "/tmp/skep-pins-XXXXXX";
	struct engine_options o = {.pin_root = pins};
	struct engine *e;

	if (!test_have_command("clang"))
		SKIP("no clang");
	CHECK(mkdtemp(pins));
	CHECK_EQ(engine_embedded_new(&o, NULL, &e), 0);
	load_twice(e, pins);
	CHECK_EQ(rmdir(pins), 0); /* the engine has left nothing in it */
}

static const char refused[] =
	"#include <linux/bpf.h>\n"
	"#include <bpf/bpf_helpers.h>\n"
	"SEC(\"xdp\") int prog(struct xdp_md *x) { return bpf_get_current_task() != 0; }\n"
	"char LICENSE[] SEC(\"license\") = \"Proprietary\";\n";

/* One error, that says which program, and the engine's own words. */
static void refuse(struct engine *e, const char *words)
{
	char dir[] = "/tmp/skep-load-XXXXXX";
	struct engine_loaded l;
	struct engine_load o = {0};
	struct obj *obj;
	struct diag d;
	struct str s;

	diag_init(&d, 8);
	CHECK(mkdtemp(dir));
	obj = compile(refused, &d, dir);
	o.obj = obj;
	CHECK_EQ(engine_load(e, &o, &d, &l), -EINVAL);
	CHECK_EQ(d.count[DIAG_ERROR], 1);
	str_init(&s, 1 << 16);
	diag_render(&d, DIAG_PLAIN, &s);
	if (!strstr(s.s, "program 'prog' was not loaded") || !strstr(s.s, words))
		FAIL("%s", s.s);
	str_done(&s);
	obj_free(obj);
	diag_done(&d);
	engine_free(e);
}

TEST_WITH(a_program_that_is_refused_is_reported, TEST_NO_OOM)
{
	const struct engine_options o = {0};
	const char *words = "cannot call GPL-restricted function from non-GPL compatible program";
	struct engine *e;

	if (!test_have_command("clang"))
		SKIP("no clang");
	CHECK_EQ(engine_embedded_new(&o, NULL, &e), 0);
	refuse(e, words);
	if (!test_bpf_missing()) {
		CHECK_EQ(engine_kernel_new(NULL, &e), 0);
		refuse(e, words);
	}
}

static const char congestion[] =
	"#include <linux/bpf.h>\n"
	"#include <bpf/bpf_helpers.h>\n"
	"struct sock; struct rate_sample;\n"
	"struct tcp_congestion_ops {\n"
	"	unsigned int (*ssthresh)(struct sock *sk);\n"
	"	void (*cong_avoid)(struct sock *sk, unsigned int ack, unsigned int acked);\n"
	"	unsigned int (*undo_cwnd)(struct sock *sk);\n"
	"	char name[16];\n"
	"};\n"
	"SEC(\"struct_ops\") unsigned int half(unsigned long long *ctx) { return 2; }\n"
	"SEC(\"struct_ops\") void avoid(unsigned long long *ctx) { }\n"
	"SEC(\"struct_ops\") unsigned int undo(unsigned long long *ctx) { return 2; }\n"
	"SEC(\".struct_ops.link\") struct tcp_congestion_ops skep_cc = { .ssthresh = (void *)half,\n"
	"	.cong_avoid = (void *)avoid, .undo_cwnd = (void *)undo, .name = \"skep_test\" };\n"
	"char LICENSE[] SEC(\"license\") = \"GPL\";\n";

/* Registered for as long as the link is there. */
static void register_ops(struct engine *e)
{
	union engine_attr a = {.link_create = {.attach_type = ABI_ATTACH_STRUCT_OPS}};
	char dir[] = "/tmp/skep-load-XXXXXX";
	struct engine_link_info i = {0};
	struct engine_loaded l;
	struct engine_load o = {0};
	struct obj *obj;
	struct diag d;
	int err, link;

	diag_init(&d, 8);
	CHECK(mkdtemp(dir));
	obj = compile(congestion, &d, dir);
	o.obj = obj;
	err = engine_load(e, &o, &d, &l);
	if (err)
		fail_with(&d, "load", err);
	a.link_create.map_fd = (uint32_t)engine_loaded_map(&l, "skep_cc")->fd;
	link = engine_link_create(e, &a);
	if (link < 0)
		FAIL("%s: no link: %d", engine_name(e), link);
	CHECK_EQ(engine_info(e, link, &i, sizeof(i)), 0);
	CHECK_EQ(i.type, ABI_LINK_STRUCT_OPS);
	CHECK(i.at.target);
	engine_close(e, link);
	a.link_create.map_fd = (uint32_t)engine_loaded_prog(&l, "half")->fd;
	CHECK_EQ(engine_link_create(e, &a), -EINVAL);
	engine_loaded_done(&l);
	obj_free(obj);
	diag_done(&d);
	engine_free(e);
}

TEST_WITH(structs_of_functions_are_registered, TEST_NO_OOM)
{
	const struct engine_options o = {.vmlinux = "/sys/kernel/btf/vmlinux"};
	struct engine *e;

	if (!test_have_command("clang"))
		SKIP("no clang");
	if (access(o.vmlinux, R_OK))
		SKIP("no BTF of the kernel");
	CHECK_EQ(engine_embedded_new(&o, NULL, &e), 0);
	register_ops(e);
	if (!test_bpf_missing()) {
		CHECK_EQ(engine_kernel_new(NULL, &e), 0);
		register_ops(e);
	}
}
