/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Objects that programs allocate, their lists, trees and owners: the same programs on both engines
 * return the same. What a verifier would refuse ends in a fault on the embedded one, and harms nobody.
 */
#include <stdlib.h>
#include <unistd.h>

#include "engine/engine.h"
#include "kern/kern.h"
#include "obj/obj.h"
#include "test.h"

enum { RUNS = 3 };

static const char *const good[] = {"list_data", "list_value", "tree_order", "two_owners",
				   "pointers",  "masks",      "of_each_cpu"};
static const char *const bad[] = {"bad_head",  "bad_node",    "bad_twice", "bad_push",
				  "bad_place", "bad_pointer", "bad_tree",  "bad_type"};

static struct obj *compile(struct diag *d)
{
	char path[] = "/tmp/skep-object-XXXXXX";
	const char *argv[] = {"clang-19", "-target", "bpf", "-O2", "-g", "-mcpu=v3", "-c",
			      "tests/engine/object.bpf.c", "-o", path, NULL};
	struct obj *obj = NULL;
	struct str out, err;
	int fd;

	if (!test_have_command(argv[0]))
		SKIP("no clang-19: older ones write no type tags");
	fd = mkstemp(path);
	CHECK(fd >= 0);
	close(fd);
	str_init(&out, 1 << 16);
	str_init(&err, 1 << 16);
	if (test_spawn(argv, NULL, 0, &out, &err))
		FAIL("clang: %s", err.s);
	CHECK_EQ(obj_open(path, NULL, d, &obj), 0);
	unlink(path);
	str_done(&out);
	str_done(&err);
	return obj;
}

static int run(struct engine *e, const struct engine_loaded *l, const char *name, uint32_t *ret_r0)
{
	uint8_t packet[64] = {0};
	struct engine_run r = {.data_in = packet, .data_in_len = sizeof(packet)};
	struct engine_loaded_prog *p = engine_loaded_prog(l, name);
	int err;

	CHECK(p && p->fd >= 0);
	if (p->type == ABI_PROG_SYSCALL)
		r = (struct engine_run){0};
	err = engine_prog_run(e, p->fd, &r);
	*ret_r0 = r.retval;
	return err;
}

static void load(struct engine *e, struct engine_load *o, struct engine_loaded *ret_l)
{
	struct diag d;
	struct str s;
	int err;

	diag_init(&d, 8);
	o->obj = compile(&d);
	err = engine_load(e, o, &d, ret_l);
	if (err) {
		str_init(&s, 1 << 16);
		diag_render(&d, DIAG_PLAIN, &s);
		FAIL("load: %d\n%s", err, s.s);
	}
	diag_done(&d);
}

/* What each returns, every time. */
static void run_good(struct engine *e, uint32_t ret_r0[RUNS][ARRAY_LEN(good)])
{
	struct engine_load o = {0};
	struct engine_loaded l;
	size_t i, k;

	load(e, &o, &l);
	for (k = 0; k < RUNS; k++)
		for (i = 0; i < ARRAY_LEN(good); i++)
			if (run(e, &l, good[i], &ret_r0[k][i]))
				FAIL("%s does not run", good[i]);
	engine_loaded_done(&l);
	obj_free(o.obj);
	engine_free(e);
}

static void compare(const struct engine_options *o)
{
	uint32_t ours[RUNS][ARRAY_LEN(good)], theirs[RUNS][ARRAY_LEN(good)];
	const char *why = test_bpf_missing();
	struct engine *e;
	size_t i, k;

	if (why)
		SKIP("%s", why);
	CHECK_EQ(engine_embedded_new(o, NULL, &e), 0);
	run_good(e, ours);
	CHECK_EQ(engine_kernel_new(NULL, &e), 0);
	run_good(e, theirs);
	for (k = 0; k < RUNS; k++)
		for (i = 0; i < ARRAY_LEN(good); i++)
			if (ours[k][i] != theirs[k][i])
				FAIL("%s, run %zu: %d, in the kernel %d", good[i], k, (int)ours[k][i],
				     (int)theirs[k][i]);
}

TEST_WITH(objects_are_those_of_the_kernel, TEST_NO_OOM)
{
	compare(&(struct engine_options){0});
}

TEST_WITH(and_in_native_code, TEST_NO_OOM)
{
	compare(&(struct engine_options){.trust = true, .vmlinux = "/sys/kernel/btf/vmlinux"});
}

/* Each ends in a fault; what is in the maps is as it was, and the others go on. */
TEST_WITH(forged_objects_are_not_believed_in, TEST_NO_OOM)
{
	struct engine_load_prog asked[ARRAY_LEN(bad) + 2] = {{.name = "list_data"}, {.name = "tree_order"}};
	struct engine_load o = {.prog = asked, .progs = ARRAY_LEN(asked), .only_listed = true};
	const struct engine_options eo = {0};
	struct engine_loaded l;
	struct engine *e;
	uint32_t r0;
	size_t i;

	for (i = 0; i < ARRAY_LEN(bad); i++)
		asked[i + 2].name = bad[i];
	CHECK_EQ(engine_embedded_new(&eo, NULL, &e), 0);
	load(e, &o, &l);
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		if (run(e, &l, bad[i], &r0) != -EFAULT)
			FAIL("%s ends well", bad[i]);
		CHECK_EQ(run(e, &l, "list_data", &r0), 0);
	}
	CHECK_EQ(run(e, &l, "tree_order", &r0), 0);
	engine_loaded_done(&l);
	obj_free(o.obj);
	engine_free(e);
}
