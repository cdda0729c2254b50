/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel's BPF selftests, compiled by tests/obj/selftests.sh into the cache: all are opened,
 * and become what libbpf makes of them. Where libbpf fails (functions of a test module, objects
 * that wait to be linked), so may we. Their BTF is one that kernels take, and written again they
 * are the same.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "obj_tool.h"

struct corpus {
	struct dirent **entry;
	int n;
	char dir[4096];
};

static int is_object(const struct dirent *e)
{
	return str_has_suffix(e->d_name, ".bpf.o");
}

static void corpus_find(struct corpus *c)
{
	const char *cache = getenv("SKEP_CACHE"), *xdg = getenv("XDG_CACHE_HOME");

	if (cache)
		snprintf(c->dir, sizeof(c->dir), "%s/selftests/objects", cache);
	else if (xdg)
		snprintf(c->dir, sizeof(c->dir), "%s/skep/selftests/objects", xdg);
	else
		snprintf(c->dir, sizeof(c->dir), "%s/.cache/skep/selftests/objects",
			 getenv("HOME") ? getenv("HOME") : "/root");
	c->n = scandir(c->dir, &c->entry, is_object, alphasort);
	if (c->n <= 0)
		SKIP("no selftests in the cache: tests/obj/selftests.sh makes them");
}

static void corpus_done(struct corpus *c)
{
	for (int i = 0; i < c->n; i++)
		free(c->entry[i]);
	free(c->entry);
}

static void path_of(const struct corpus *c, int i, char *ret_path, size_t size)
{
	snprintf(ret_path, size, "%s/%s", c->dir, c->entry[i]->d_name);
}

static struct obj *opened(const char *path)
{
	struct obj *o = NULL;
	struct str said;
	struct diag d;

	diag_init(&d, 20);
	if (obj_open(path, NULL, &d, &o)) {
		/* one is bad on purpose, to see whether loaders say so */
		if (strstr(path, "test_pinning_invalid")) {
			diag_done(&d);
			return NULL;
		}
		str_init(&said, 1 << 20);
		diag_render(&d, DIAG_PLAIN, &said);
		FAIL("%s: %s", path, said.s);
	}
	diag_done(&d);
	return o;
}

TEST_WITH(all_open, TEST_NO_OOM | TEST_SLOW)
{
	struct corpus c;
	char path[8192];

	corpus_find(&c);
	for (int i = 0; i < c.n; i++) {
		path_of(&c, i, path, sizeof(path));
		obj_free(opened(path));
	}
	test_note("%d objects", c.n);
	corpus_done(&c);
}

enum verdict { SAME, REFUSED_BY_BOTH, REFUSED_BY_LIBBPF, VERDICTS };

static enum verdict compare(const char *path, const struct btf *vmlinux, const char *kconfig)
{
	struct str theirs, complaints, mine;
	struct obj *o = opened(path);
	struct diag d;
	int err, status;
	enum verdict v;

	diag_init(&d, 20);
	str_init(&theirs, 1 << 26);
	str_init(&complaints, 1 << 24);
	str_init(&mine, 1 << 26);
	err = o ? tool_prepare(o, vmlinux, kconfig, &d) : -EINVAL;
	if (!err)
		tool_dump(o, &mine);
	status = tool_oracle(path, kconfig, &theirs, &complaints);
	if (err && !status) {
		str_reset(&mine);
		diag_render(&d, DIAG_PLAIN, &mine);
		FAIL("%s: libbpf takes it, we: %s", path, mine.s);
	}
	v = err ? REFUSED_BY_BOTH : status ? REFUSED_BY_LIBBPF : SAME;
	if (v == SAME && strcmp(theirs.s, mine.s)) {
		str_reset(&complaints);
		test_diff(&complaints, theirs.s, mine.s);
		FAIL("%s differs from libbpf's:\n%.4000s", path, complaints.s);
	}
	obj_free(o);
	str_done(&theirs);
	str_done(&complaints);
	str_done(&mine);
	diag_done(&d);
	return v;
}

TEST_WITH(same_as_libbpf, TEST_NO_OOM | TEST_SLOW)
{
	unsigned count[VERDICTS] = {0};
	struct btf *vmlinux = tool_vmlinux();
	struct str kconfig;
	struct corpus c;
	char path[8192];

	corpus_find(&c);
	if (tool_oracle_version() < 105)
		SKIP("libbpf is too old for these");
	str_init(&kconfig, 1 << 24);
	if (obj_kconfig_read(NULL, NULL, &kconfig))
		SKIP("the kernel does not show its configuration");
	for (int i = 0; i < c.n; i += test_long() ? 1 : 16) {
		path_of(&c, i, path, sizeof(path));
		count[compare(path, vmlinux, kconfig.s)]++;
	}
	test_note("%u the same, %u refused by both, %u by libbpf alone", count[SAME],
		  count[REFUSED_BY_BOTH], count[REFUSED_BY_LIBBPF]);
	str_done(&kconfig);
	btf_unref(vmlinux);
	corpus_done(&c);
}

/* ---- their BTF ---- */

/* Whether the kernel takes it, about which we must be of one mind. */
static bool btf_load(const struct obj *o, const char *path, bool kernel)
{
	struct {
		uint64_t btf, log;
		uint32_t size, log_size, log_level;
	} attr = {0};
	struct obj_bytes b;
	int fd, check;

	if (obj_btf(o, OBJ_BTF_ALL, NULL, &b))
		return true;
	check = btf_check_bytes(b.data, b.size, NULL, NULL, NULL);
	if (kernel) {
		attr.btf = (uintptr_t)b.data;
		attr.size = (uint32_t)b.size;
		fd = (int)syscall(SYS_bpf, 18, &attr, sizeof(attr)); /* BPF_BTF_LOAD */
		if ((fd < 0) != (check < 0))
			FAIL("%s: its BTF is %s the kernel, and we think otherwise", path,
			     fd < 0 ? "refused by" : "taken by");
		if (fd >= 0)
			close(fd);
	}
	obj_bytes_done(&b);
	return !check;
}

TEST_WITH(btf_is_taken, TEST_NO_OOM | TEST_SLOW)
{
	bool kernel = !test_bpf_missing();
	struct corpus c;
	int refused = 0;
	char path[8192];

	corpus_find(&c);
	for (int i = 0; i < c.n; i++) {
		struct obj *o;

		path_of(&c, i, path, sizeof(path));
		o = opened(path);
		if (o && !btf_load(o, path, kernel)) {
			test_note("refused: %s", c.entry[i]->d_name);
			refused++;
		}
		obj_free(o);
	}
	/* bad on purpose, not linked, or functions whose arguments have no names */
	CHECK(refused <= c.n / 50);
	corpus_done(&c);
}

/* ---- written again ---- */

static void written(struct obj *o, const char *path)
{
	struct obj_bytes b;
	struct obj *again = NULL;
	struct str said;
	struct diag d;
	int err;

	diag_init(&d, 20);
	err = obj_write(o, &d, &b);
	if (!err)
		err = obj_open_bytes(b.data, b.size, path, NULL, &d, &again);
	if (err) {
		str_init(&said, 1 << 20);
		diag_render(&d, DIAG_PLAIN, &said);
		FAIL("%s, written: %s", path, said.s);
	}
	CHECK_EQ(again->prog.n, o->prog.n);
	CHECK_EQ(again->map.n, o->map.n);
	CHECK_EQ(again->ext.n, o->ext.n);
	obj_free(again);
	obj_bytes_done(&b);
	diag_done(&d);
}

TEST_WITH(can_be_written, TEST_NO_OOM | TEST_SLOW)
{
	struct corpus c;
	char path[8192];

	corpus_find(&c);
	for (int i = 0; i < c.n; i++) {
		struct obj *o;

		path_of(&c, i, path, sizeof(path));
		o = opened(path);
		if (o)
			written(o, path);
		obj_free(o);
	}
	corpus_done(&c);
}
