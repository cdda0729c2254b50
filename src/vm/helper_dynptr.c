/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Dynptrs: a pointer with its length, over memory, a ring buffer's record, or the packet.
 *
 * Packets here are linear, so a slice of one is always a pointer into it.
 */
#include "vm/helper.h"

static uint32_t kind_of(const struct dynptr *d)
{
	return (d->size & ~DYNPTR_RDONLY) >> DYNPTR_TYPE_SHIFT;
}

static uint32_t size_of(const struct dynptr *d)
{
	return d->size & DYNPTR_SIZE_MAX;
}

static bool is_packet(const struct dynptr *d)
{
	return kind_of(d) >= DYNPTR_SKB;
}

static struct dynptr *dynptr_at(struct vm_run *run, uint64_t at, bool write)
{
	return helper_struct(run, at, sizeof(struct dynptr), write);
}

static int check_range(const struct dynptr *d, uint64_t off, uint64_t len)
{
	uint32_t size = size_of(d);

	return len > size || off > size - len ? -E2BIG : 0;
}

/* The bytes in this range, or NULL: not there, or forged, which ends the run. */
static uint8_t *bytes_of(struct vm_run *run, const struct dynptr *d, uint64_t off, uint64_t len,
			 bool write)
{
	const struct vm_packet *p;
	uint64_t at = d->offset + off;

	if (!is_packet(d)) {
		void *m;

		if (!helper_mem(run, d->data + at, len, write, &m))
			return NULL;
		return len ? m : pointer(d->data + at);
	}
	p = helper_packet(run, d->data);
	if (!p || kind_of(d) > DYNPTR_SKB_META)
		return NULL;
	if (kind_of(d) == DYNPTR_SKB_META)
		return at > p->meta || len > p->meta - at ? NULL : p->buf + p->at - p->meta + at;
	return at > p->len || len > p->len - at ? NULL : p->buf + p->at + at;
}

HELPER(dynptr_from_mem)
{
	struct dynptr *d = dynptr_at(run, r4, true);
	void *mem;

	if (!d)
		return 0;
	memset(d, 0, sizeof(*d));
	if (r2 > DYNPTR_SIZE_MAX)
		return neg(-E2BIG);
	if (r3)
		return neg(-EINVAL);
	if (!helper_mem(run, r1, (uint32_t)r2, true, &mem))
		return 0;
	*d = (struct dynptr){r1, (uint32_t)r2 | DYNPTR_LOCAL << DYNPTR_TYPE_SHIFT, 0};
	return 0;
}

static uint64_t from_packet(struct vm_run *run, const struct vm_packet *p, uint64_t ctx,
			    uint64_t flags, uint64_t at, uint32_t kind)
{
	struct dynptr *d = p ? dynptr_at(run, at, true) : NULL;

	if (!d)
		return 0;
	memset(d, 0, sizeof(*d));
	if (flags)
		return neg(-EINVAL);
	*d = (struct dynptr){
		ctx, (kind == DYNPTR_SKB_META ? p->meta : p->len) | kind << DYNPTR_TYPE_SHIFT, 0};
	return 0;
}

KFUNC(bpf_dynptr_from_skb)
{
	return from_packet(run, helper_skb(run, r1), r1, r2, r3, DYNPTR_SKB);
}

KFUNC(bpf_dynptr_from_skb_meta)
{
	return from_packet(run, helper_skb(run, r1), r1, r2, r3, DYNPTR_SKB_META);
}

KFUNC(bpf_dynptr_from_xdp)
{
	return from_packet(run, helper_xdp(run, r1), r1, r2, r3, DYNPTR_XDP);
}

HELPER(dynptr_read)
{
	const struct dynptr *d = dynptr_at(run, r3, false);
	uint64_t len = (uint32_t)r2, off = (uint32_t)r4;
	const uint8_t *from;
	void *to;
	int err;

	if (!d || !helper_mem(run, r1, len, true, &to))
		return 0;
	if (!d->data || r5)
		return neg(-EINVAL);
	err = check_range(d, off, len);
	if (err)
		return neg(err);
	from = bytes_of(run, d, off, len, false);
	if (!from)
		return neg(-EFAULT);
	if (len)
		memmove(to, from, len);
	return 0;
}

HELPER(dynptr_write)
{
	const struct dynptr *d = dynptr_at(run, r1, false);
	uint64_t len = (uint32_t)r4, off = (uint32_t)r2;
	void *from, *to;
	int err;

	if (!d || !helper_mem(run, r3, len, false, &from))
		return 0;
	if (!d->data || d->size & DYNPTR_RDONLY)
		return neg(-EINVAL);
	err = check_range(d, off, len);
	if (err)
		return neg(err);
	if (kind_of(d) == DYNPTR_SKB)
		return neg(packet_store(helper_skb(run, d->data), d->offset + off, from, len, r5));
	if (r5)
		return neg(-EINVAL);
	to = bytes_of(run, d, off, len, true);
	if (!to)
		return neg(-EFAULT);
	if (len)
		memmove(to, from, len);
	return 0;
}

HELPER(dynptr_data)
{
	const struct dynptr *d = dynptr_at(run, r1, false);
	uint64_t off = (uint32_t)r2, len = (uint32_t)r3;

	if (!d || !d->data || check_range(d, off, len) || d->size & DYNPTR_RDONLY || is_packet(d))
		return 0;
	return address(bytes_of(run, d, off, len, true));
}

static uint64_t slice(struct vm_run *run, const struct dynptr *d, uint64_t off, uint64_t len,
		      bool write)
{
	if (!d->data || check_range(d, off, len) || (write && d->size & DYNPTR_RDONLY))
		return 0;
	return address(bytes_of(run, d, off, len, write));
}

KFUNC(bpf_dynptr_slice)
{
	const struct dynptr *d = dynptr_at(run, r1, false);

	return d ? slice(run, d, (uint32_t)r2, (uint32_t)r4, false) : 0;
}

KFUNC(bpf_dynptr_slice_rdwr)
{
	const struct dynptr *d = dynptr_at(run, r1, false);

	return d ? slice(run, d, (uint32_t)r2, (uint32_t)r4, true) : 0;
}

KFUNC(bpf_dynptr_adjust)
{
	struct dynptr *d = dynptr_at(run, r1, true);
	uint32_t start = (uint32_t)r2, end = (uint32_t)r3, size;

	if (!d)
		return 0;
	size = size_of(d);
	if (!d->data || start > end)
		return neg(-EINVAL);
	if (start > size || end > size)
		return neg(-ERANGE);
	d->offset += start;
	d->size = (d->size & ~(uint32_t)DYNPTR_SIZE_MAX) | (end - start);
	return 0;
}

KFUNC(bpf_dynptr_is_null)
{
	const struct dynptr *d = dynptr_at(run, r1, false);

	return d && !d->data;
}

KFUNC(bpf_dynptr_is_rdonly)
{
	const struct dynptr *d = dynptr_at(run, r1, false);

	return d && d->data && d->size & DYNPTR_RDONLY;
}

KFUNC(bpf_dynptr_size)
{
	const struct dynptr *d = dynptr_at(run, r1, false);

	if (!d)
		return 0;
	return d->data ? size_of(d) : (uint32_t)-EINVAL;
}

KFUNC(bpf_dynptr_clone)
{
	const struct dynptr *d = dynptr_at(run, r1, false);
	struct dynptr *to = d ? dynptr_at(run, r2, true) : NULL;

	if (!to)
		return 0;
	*to = d->data ? *d : (struct dynptr){0};
	return neg(to->data ? 0 : -EINVAL);
}

/* With linear packets either both slices are to be had or the copy cannot be done. */
KFUNC(bpf_dynptr_copy)
{
	const struct dynptr *dst = dynptr_at(run, r1, false);
	const struct dynptr *src = dst ? dynptr_at(run, r3, false) : NULL;
	uint64_t dst_off = (uint32_t)r2, src_off = (uint32_t)r4, len = (uint32_t)r5, from, to;

	if (!src)
		return 0;
	from = slice(run, src, src_off, len, false);
	to = slice(run, dst, dst_off, len, true);
	if (from && to) {
		memmove(pointer(to), pointer(from), len);
		return 0;
	}
	if (from && (!dst->data || dst->size & DYNPTR_RDONLY))
		return neg(-EINVAL);
	if (to && !src->data)
		return neg(-EINVAL);
	return neg(-E2BIG);
}

KFUNC(bpf_dynptr_memset)
{
	const struct dynptr *d = dynptr_at(run, r1, false);
	uint64_t off = (uint32_t)r2, len = (uint32_t)r3, to;
	int err;

	if (!d)
		return 0;
	to = slice(run, d, off, len, true);
	if (to) {
		memset(pointer(to), (uint8_t)r4, len);
		return 0;
	}
	if (d->size & DYNPTR_RDONLY)
		return neg(-EINVAL);
	err = check_range(d, off, len);
	return neg(err ? err : len ? -EINVAL : 0);
}

static uint64_t probe_into(struct vm_run *run, enum vm_space s, uint64_t dynptr, uint64_t off,
			   uint64_t len, uint64_t from)
{
	const struct dynptr *d = dynptr_at(run, dynptr, false);
	uint64_t to;
	int err;

	if (!d)
		return 0;
	if (!d->data || d->size & DYNPTR_RDONLY)
		return neg(-EINVAL);
	err = check_range(d, off, len);
	if (err)
		return neg(err);
	to = slice(run, d, off, len, true);
	if (!to)
		return neg(-EINVAL);
	err = mem_read(run, s, from, pointer(to), len);
	if (err)
		memset(pointer(to), 0, len);
	return neg(err);
}

KFUNC(bpf_probe_read_kernel_dynptr)
{
	return probe_into(run, VM_KERNEL, r1, (uint32_t)r2, (uint32_t)r3, r4);
}

KFUNC(bpf_probe_read_user_dynptr)
{
	return probe_into(run, VM_USER, r1, (uint32_t)r2, (uint32_t)r3, r4);
}

KFUNC(bpf_copy_from_user_dynptr)
{
	return probe_into(run, VM_USER, r1, (uint32_t)r2, (uint32_t)r3, r4);
}

/* A string into it: its length with NUL, or -errno. */
static uint64_t copy_str(struct vm_run *run, enum vm_space s, uint64_t task, uint64_t dynptr,
			 uint64_t off, uint64_t len, uint64_t from)
{
	const struct dynptr *d = dynptr_at(run, dynptr, false);
	uint64_t to;
	int err;

	if (!d)
		return 0;
	if (!d->data || d->size & DYNPTR_RDONLY)
		return neg(-EINVAL);
	err = check_range(d, off, len);
	if (err)
		return neg(err);
	to = slice(run, d, off, len, true);
	if (!to)
		return neg(-EINVAL);
	if (task)
		return neg(task_read_str(run, task, from, pointer(to), len));
	return neg(mem_read_str(run, s, from, pointer(to), len));
}

KFUNC(bpf_probe_read_kernel_str_dynptr)
{
	return copy_str(run, VM_KERNEL, 0, r1, (uint32_t)r2, (uint32_t)r3, r4);
}

KFUNC(bpf_probe_read_user_str_dynptr)
{
	return copy_str(run, VM_USER, 0, r1, (uint32_t)r2, (uint32_t)r3, r4);
}

KFUNC(bpf_copy_from_user_str_dynptr)
{
	return copy_str(run, VM_USER, 0, r1, (uint32_t)r2, (uint32_t)r3, r4);
}

KFUNC(bpf_copy_from_user_task_str_dynptr)
{
	return copy_str(run, VM_USER, r5, r1, (uint32_t)r2, (uint32_t)r3, r4);
}

KFUNC(bpf_copy_from_user_task_dynptr)
{
	const struct dynptr *d = dynptr_at(run, r1, false);
	uint64_t len = (uint32_t)r3, to = d ? slice(run, d, (uint32_t)r2, len, true) : 0;

	if (!d)
		return 0;
	if (!to)
		return neg(!d->data || d->size & DYNPTR_RDONLY ? -EINVAL : -E2BIG);
	return neg(task_read(run, r5, r4, pointer(to), len));
}
