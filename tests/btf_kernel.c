/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * BTF_LOAD as the referee of btf_check: what we build is accepted, and what is broken at random is
 * refused by both or neither, with the same errno and the same log.
 */
#include <linux/bpf.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "btf_sample.h"
#include "test.h"

enum { LOG_SIZE = 1 << 20 };

static void need_bpf(void)
{
	const char *why = test_bpf_missing();

	if (why)
		SKIP("%s", why);
}

static int kernel_says(const void *bytes, size_t n, char *log)
{
	union bpf_attr a = {0};
	int fd;

	a.btf = (uintptr_t)bytes;
	a.btf_size = (uint32_t)n;
	if (log) {
		log[0] = 0;
		a.btf_log_buf = (uintptr_t)log;
		a.btf_log_size = LOG_SIZE;
		a.btf_log_level = 1;
	}
	fd = (int)syscall(SYS_bpf, BPF_BTF_LOAD, &a, sizeof(a));
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static void compare(const void *bytes, size_t n, char *log, const char *what)
{
	struct str ours, diff;
	int want = kernel_says(bytes, n, log), got;

	str_init(&ours, LOG_SIZE);
	got = btf_check_log(bytes, n, NULL, &ours, NULL, NULL);
	if (got != want || strcmp(ours.s, log)) {
		str_init(&diff, LOG_SIZE);
		test_diff(&diff, log, ours.s);
		FAIL("%s: the kernel says %d, we say %d; logs:\n%s", what, want, got, diff.s);
	}
	str_done(&ours);
}

TEST_WITH(the_sample_is_accepted, TEST_NO_OOM)
{
	char *log = malloc(LOG_SIZE);
	struct str s;

	need_bpf();
	btf_sample_bytes(&s);
	CHECK_EQ(kernel_says(s.s, s.n, log), 0);
	compare(s.s, s.n, log, "the sample");
	str_done(&s);
	free(log);
}

TEST_WITH(the_kernels_own_is_accepted, TEST_NO_OOM)
{
	struct btf *b;

	if (access("/sys/kernel/btf/vmlinux", R_OK))
		SKIP("no kernel BTF");
	b = btf_of_file("/sys/kernel/btf/vmlinux");
	CHECK_EQ(btf_shape(b, NULL), 0);
	btf_unref(b);
}

TEST_WITH(random_ones_are_accepted, TEST_NO_OOM)
{
	uint64_t state = test_seed();
	char *log = malloc(LOG_SIZE);
	struct str s;
	int i, accepted = 0;

	need_bpf();
	for (i = 0; i < 2000; i++) {
		btf_random_bytes(&state, 30, &s);
		compare(s.s, s.n, log, "random types");
		accepted += kernel_says(s.s, s.n, NULL) == 0;
		str_done(&s);
	}
	test_note("%d of 2000 were accepted", accepted);
	CHECK(accepted > 1000);
	free(log);
}

/* The errno without a log must be the same too, and the fault must be told. */
TEST_WITH(broken_ones_are_refused_alike, TEST_NO_OOM)
{
	int i, n = test_long() ? 1000000 : 12000, refused = 0;
	uint64_t state = test_seed();
	char *log = malloc(LOG_SIZE);

	need_bpf();
	for (i = 0; i < n; i++) {
		struct diag d;
		struct str s;
		size_t len;

		if (i % 2)
			btf_sample_bytes(&s);
		else
			btf_random_bytes(&state, 20, &s);
		len = s.n;
		btf_break(&state, (uint8_t *)s.s, &len);
		compare(s.s, len, log, "broken types");
		diag_init(&d, 4);
		if (btf_check_bytes(s.s, len, NULL, &d, NULL)) {
			refused++;
			CHECK_EQ(d.count[DIAG_ERROR], 1);
		}
		diag_done(&d);
		str_done(&s);
	}
	test_note("%d of %d were refused", refused, n);
	CHECK(refused > n / 4);
	free(log);
}
