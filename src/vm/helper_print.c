/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Helpers that print: to the world's `print`, into memory, into a seq_file. */
#include "vm/helper.h"

/* The arguments of the variadic ones: an array in the program's memory. -EINVAL, or how many. */
static int args_of(struct vm_run *run, uint64_t data, uint32_t len, uint64_t *arg)
{
	void *from;

	if (len % 8 || len > PRINT_ARGS_MAX * 8 || (len && !data))
		return -EINVAL;
	if (!helper_mem(run, data, len, false, &from))
		return -EFAULT;
	if (len)
		memcpy(arg, from, len);
	return (int)(len / 8);
}

static uint64_t print_out(struct vm_run *run, uint64_t fmt, uint32_t fmt_size, const uint64_t *arg,
			  uint32_t args)
{
	const struct vm_world *w = run->world;
	const char *f = vm_mem(run, fmt, fmt_size, false);
	char text[PRINT_BUF];
	int64_t n;

	if (!f)
		return 0;
	n = print_format(run, f, fmt_size, arg, args, text, sizeof(text));
	if (n >= 0 && w->outside && w->outside->print)
		w->outside->print(w->arg, text, (size_t)MIN(n, PRINT_BUF - 1));
	return neg(n);
}

HELPER(trace_printk)
{
	return print_out(run, r1, (uint32_t)r2, (const uint64_t[]){r3, r4, r5}, 3);
}

HELPER(trace_vprintk)
{
	uint64_t arg[PRINT_ARGS_MAX];
	int args = args_of(run, r3, (uint32_t)r4, arg);

	return args < 0 ? neg(args) : print_out(run, r1, (uint32_t)r2, arg, (uint32_t)args);
}

/*
 * A format whose length nobody gives: as far as its region goes, or as it can be read. Formats
 * longer than this would not fit the kernel's verifier either, which keeps them in read-only maps.
 */
static int64_t copy_format(struct vm_run *run, uint64_t fmt, char *to, size_t max)
{
	int64_t n = mem_read_str(run, VM_KERNEL, fmt, to, max);

	if (n < 0)
		helper_fault(run, fmt, 1);
	return n;
}

HELPER(snprintf)
{
	enum { FORMAT_MAX = 4096 };
	uint32_t size = (uint32_t)r2;
	uint64_t arg[PRINT_ARGS_MAX];
	char fmt[FORMAT_MAX];
	int args = args_of(run, r4, (uint32_t)r5, arg);
	int64_t n;
	void *to;

	if (args < 0)
		return neg(args);
	if (!helper_mem(run, r1, size, true, &to) || copy_format(run, r3, fmt, sizeof(fmt)) < 0)
		return 0;
	n = print_format(run, fmt, sizeof(fmt), arg, (uint32_t)args, to, size);
	return neg(n < 0 ? n : n + 1);
}

/* The seq_file a program was given, or NULL, and the run ends. */
struct str *helper_seq(struct vm_run *run, uint64_t at)
{
	struct str *seq = run->world->seq;

	if (seq && at == address(seq))
		return seq;
	helper_fault(run, at, 1);
	return NULL;
}

static uint64_t seq_end(const struct str *seq)
{
	return neg(str_err(seq) ? -EOVERFLOW : 0);
}

HELPER(seq_printf)
{
	struct str *seq = helper_seq(run, r1);
	uint64_t arg[PRINT_ARGS_MAX];
	const char *fmt;
	char text[8 * PRINT_BUF];
	int args;
	int64_t n;

	if (!seq)
		return 0;
	args = args_of(run, r4, (uint32_t)r5, arg);
	if (args < 0)
		return neg(args);
	fmt = vm_mem(run, r2, (uint32_t)r3, false);
	if (!fmt)
		return 0;
	n = print_format(run, fmt, (uint32_t)r3, arg, (uint32_t)args, text, sizeof(text));
	if (n < 0)
		return neg(n);
	str_addn(seq, text, (size_t)MIN(n, (int64_t)sizeof(text) - 1));
	return n < (int64_t)sizeof(text) ? seq_end(seq) : neg(-EOVERFLOW);
}

HELPER(seq_write)
{
	struct str *seq = helper_seq(run, r1);
	void *from;

	if (!seq || !helper_mem(run, r2, (uint32_t)r3, false, &from))
		return 0;
	if (r3)
		str_addn(seq, from, (uint32_t)r3);
	return seq_end(seq);
}

static uint64_t stream_vprintk(struct vm_run *run, uint64_t r1, uint64_t r2, uint64_t r3,
			       uint64_t r4)
{
	enum { STREAM_OUT = 1, STREAM_ERR = 2, STREAM_TEXT_MAX = 512 };
	const struct vm_world *w = run->world;
	uint64_t arg[PRINT_ARGS_MAX];
	char fmt[4096], text[STREAM_TEXT_MAX];
	int args;
	int64_t n;

	if ((uint32_t)r1 != STREAM_OUT && (uint32_t)r1 != STREAM_ERR)
		return neg(-ENOENT);
	args = args_of(run, r3, (uint32_t)r4, arg);
	if (args < 0)
		return neg(args);
	if (copy_format(run, r2, fmt, sizeof(fmt)) < 0)
		return 0;
	n = print_format(run, fmt, sizeof(fmt), arg, (uint32_t)args, text, sizeof(text));
	if (n < 0)
		return neg(n);
	if (w->outside && w->outside->stream)
		w->outside->stream(w->arg, (uint32_t)r1, text, (size_t)MIN(n, STREAM_TEXT_MAX - 1));
	return 0;
}

KFUNC(bpf_stream_vprintk)
{
	return stream_vprintk(run, r1, r2, r3, r4);
}

KFUNC(bpf_stream_vprintk_impl)
{
	return stream_vprintk(run, r1, r2, r3, r4);
}
