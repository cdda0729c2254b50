/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One of each type. Referee: libbpf's btf__dedup on the same bytes, in a program of its own; the types
 * are those of many small random files put together, and of this program's own objects by pahole.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "btf_sample.h"
#include "test.h"

/* The same types in several "files": what is left must be one file's. */
TEST(of_the_same_twice)
{
	struct btf *b = btf_sample();
	struct btf_build *bb = btf_build_new(NULL, 0), *to = NULL;
	uint32_t first, *map = NULL, n, id, more;
	struct btf *out = NULL;

	if (!b || !bb || btf_build_append(bb, b, &first) || btf_build_append(bb, b, &first))
		goto out;
	n = btf_count(b);
	if (btf_dedup(btf_build_view(bb), &to, &map)) {
		CHECK(test_oom());
		goto out;
	}
	/* Variables and sections stay. */
	more = 3;
	CHECK_EQ(btf_count(btf_build_view(to)), n + more);
	for (id = 1; id < n; id++) {
		CHECK(map[id] < btf_count(btf_build_view(to)));
		CHECK_STR(btf_name(btf_build_view(to), map[id]), btf_name(b, id));
		if (!btf_is(btf_type(b, id), BTF_BIT(VAR) | BTF_BIT(DATASEC)))
			CHECK_EQ(map[id], map[id + n - 1]);
	}
	if (!btf_build_done(to, &out))
		CHECK(btf_check(out, NULL) == 0 || test_oom());
out:
	mem_free(map);
	btf_build_free(to);
	btf_build_free(bb);
	btf_unref(out);
	btf_unref(b);
}

/*
 * file 1: struct a; struct b { struct a *a; };	file 2: struct a { int x; }; struct b { struct a *a; };
 * file 3: struct a { int y; }; struct b { struct a *a; } (another b then)
 */
static void one_file(struct btf_build *bb, int which)
{
	uint32_t i = btf_build_int(bb, "int", 4, BTF_INT_SIGNED);
	uint32_t a = which == 1 ? btf_build_fwd(bb, "a", false)
				: btf_build_struct(bb, BTF_STRUCT, "a", 4);
	uint32_t b = btf_build_struct(bb, BTF_STRUCT, "b", 8);

	if (which != 1)
		btf_build_member(bb, a, which == 2 ? "x" : "y", i, 0, 0);
	btf_build_member(bb, b, "a", btf_build_to(bb, BTF_PTR, NULL, a), 0, 0);
}

TEST(declared_here_defined_there)
{
	struct btf_build *bb = btf_build_new(NULL, 0), *to = NULL;
	const struct btf *v;
	uint32_t *map = NULL;

	if (!bb)
		return;
	one_file(bb, 1);
	one_file(bb, 2);
	if (btf_dedup(btf_build_view(bb), &to, &map)) {
		CHECK(test_oom());
		goto out;
	}
	v = btf_build_view(to);
	CHECK_EQ(btf_count(v), 5); /* int, a, b, a pointer */
	CHECK_EQ(btf_find(v, "a", BTF_BIT(FWD)), 0);
	CHECK_EQ(map[2], map[6]);
	CHECK_EQ(map[3], map[7]);
	mem_free(map);
	btf_build_free(to);
	map = NULL;
	to = NULL;
	one_file(bb, 3);
	if (btf_dedup(btf_build_view(bb), &to, &map)) {
		CHECK(test_oom());
		goto out;
	}
	v = btf_build_view(to);
	CHECK_EQ(btf_count(v), 8); /* int, and two of each of the others */
	CHECK(map[10] != map[6]);
out:
	mem_free(map);
	btf_build_free(to);
	btf_build_free(bb);
}

/* On a base: what that has is not there again. */
TEST(on_a_base)
{
	struct btf *base = btf_sample();
	struct btf_build *bb = base ? btf_build_new(base, 0) : NULL, *to = NULL;
	uint32_t *map = NULL, i, p, s;

	if (!bb)
		goto out;
	i = btf_build_int(bb, "int", 4, BTF_INT_SIGNED);
	p = btf_build_to(bb, BTF_PTR, NULL, i);
	s = btf_build_struct(bb, BTF_STRUCT, "mine", 8);
	btf_build_member(bb, s, "p", p, 0, 0);
	if (btf_build_err(bb) || btf_dedup(btf_build_view(bb), &to, &map)) {
		CHECK(test_oom());
		goto out;
	}
	CHECK_EQ(map[i], btf_find(base, "int", BTF_ANY));
	CHECK_EQ(btf_count(btf_build_view(to)), btf_count(base) + 2);
	CHECK_EQ(map[1], 1);
out:
	mem_free(map);
	btf_build_free(to);
	btf_build_free(bb);
	btf_unref(base);
}

/* ---- libbpf ---- */

static const char referee[] =
	"#include <bpf/btf.h>\n#include <stdio.h>\n"
	"int main(int n, char **v) { unsigned size; const void *p; FILE *f;\n"
	"	struct btf *b = btf__parse(v[1], 0);\n"
	"	if (!b || btf__dedup(b, 0)) return 1;\n"
	"	p = btf__raw_data(b, &size); f = fopen(v[2], \"wb\");\n"
	"	return !f || fwrite(p, 1, size, f) != size || fclose(f) || n != 3; }\n";

struct bench {
	char dir[32], in[64], out[64], prog[64];
};

static void setup(struct bench *w)
{
	const char *argv[] = {"gcc", "-x", "c", "-", "-o", w->prog, "-lbpf", NULL};
	struct str err;

	if (access("/usr/include/bpf/btf.h", R_OK) || !test_have_command("gcc"))
		SKIP("no libbpf-dev");
	snprintf(w->dir, sizeof(w->dir), "/tmp/skep-dedup-XXXXXX");
	CHECK(mkdtemp(w->dir));
	snprintf(w->in, sizeof(w->in), "%s/in", w->dir);
	snprintf(w->out, sizeof(w->out), "%s/out", w->dir);
	snprintf(w->prog, sizeof(w->prog), "%s/prog", w->dir);
	str_init(&err, 1 << 16);
	if (test_spawn(argv, referee, strlen(referee), NULL, &err))
		FAIL("%s", err.s);
	str_done(&err);
}

static void teardown(struct bench *w)
{
	unlink(w->in);
	unlink(w->out);
	unlink(w->prog);
	rmdir(w->dir);
}

static void raw(const struct btf *b, struct str *s)
{
	str_init(s, 1 << 28);
	for btf_each(b, id)
		btf_raw_type(b, id, s);
}

static void compare(struct bench *w, const struct btf_build *bb)
{
	const char *argv[] = {w->prog, w->in, w->out, NULL};
	struct str s, want, got, diff;
	struct btf_build *to;
	struct btf *theirs;
	uint32_t *map;

	str_init(&s, 1 << 28);
	CHECK_EQ(btf_build_bytes(bb, &s), 0);
	CHECK_EQ(file_write(w->in, s.s, s.n, NULL), 0);
	CHECK_EQ(test_spawn(argv, NULL, 0, NULL, NULL), 0);
	theirs = btf_of_file(w->out);
	CHECK_EQ(btf_dedup(btf_build_view(bb), &to, &map), 0);
	raw(theirs, &want);
	raw(btf_build_view(to), &got);
	if (strcmp(want.s, got.s)) {
		str_init(&diff, 1 << 20);
		test_diff(&diff, want.s, got.s);
		FAIL("libbpf leaves %u types, we %u:\n%.3000s", btf_count(theirs),
		     btf_count(btf_build_view(to)), diff.s);
	}
	mem_free(map);
	btf_build_free(to);
	btf_unref(theirs);
	str_done(&s);
	str_done(&want);
	str_done(&got);
}

TEST_WITH(as_libbpf, TEST_NO_OOM | TEST_SLOW)
{
	uint64_t state = test_seed();
	int i, k, times = test_long() ? 3000 : 60;
	struct bench w;

	setup(&w);
	for (i = 0; i < times; i++) {
		struct btf_build *bb = btf_build_new(NULL, 0);

		for (k = 0; k < 6; k++) {
			/* Few seeds, so that the same types come again, others between them. */
			uint64_t same = 1 + test_random(&state) % 5;
			struct btf *b;
			uint32_t first;
			struct str s;

			btf_random_bytes(&same, 40, &s);
			CHECK_EQ(btf_read(s.s, s.n, NULL, NULL, &b), 0);
			CHECK_EQ(btf_build_append(bb, b, &first), 0);
			btf_unref(b);
			str_done(&s);
		}
		compare(&w, bb);
		btf_build_free(bb);
	}
	teardown(&w);
}

TEST_WITH(the_kernels_own, TEST_NO_OOM | TEST_SLOW)
{
	struct btf_build *to;
	uint32_t *map;
	struct btf *b;

	if (access("/sys/kernel/btf/vmlinux", R_OK))
		SKIP("no kernel BTF");
	b = btf_of_file("/sys/kernel/btf/vmlinux");
	CHECK_EQ(btf_dedup(b, &to, &map), 0);
	test_note("%u types of %u", btf_count(btf_build_view(to)), btf_count(b));
	CHECK(btf_count(btf_build_view(to)) <= btf_count(b));
	CHECK(btf_count(btf_build_view(to)) > btf_count(b) * 9 / 10);
	mem_free(map);
	btf_build_free(to);
	btf_unref(b);
}
