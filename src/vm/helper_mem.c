/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Memory: what a program may name, and reading what may not be there.
 *
 * In the checked engines a program's memory is what it could touch by itself, and the rest of this
 * process does not exist unless the world's `read` says otherwise. In the others an address is one
 * of this process, and reading goes through the kernel, which answers -EFAULT instead of a signal.
 */
#include <sys/uio.h>
#include <unistd.h>

#include "vm/helper.h"

enum { PAGE = 4096, CHUNK = 64 };

void helper_fault(struct vm_run *run, uint64_t addr, uint64_t size)
{
	run->fault.addr = addr;
	run->fault.size = size;
	run->fault.kind = VM_FAULT_HELPER;
	run->err = -EFAULT;
}

bool helper_mem(struct vm_run *run, uint64_t addr, uint64_t size, bool write, void **ret_p)
{
	void *p = size ? vm_mem(run, addr, size, write) : NULL;

	if (size && !p)
		return false;
	*ret_p = p;
	return true;
}

void *helper_struct(struct vm_run *run, uint64_t addr, size_t size, bool write)
{
	if (addr % MIN(size, (size_t)8)) { /* the verifier does not let it happen */
		helper_fault(run, addr, size);
		return NULL;
	}
	return vm_mem(run, addr, size, write);
}

bool helper_owns(struct vm_run *run, uint64_t addr, uint64_t size, bool write)
{
	struct vm_fault fault = run->fault;
	struct vm_region hot;
	bool found = vm_find(run, addr, size, write, &hot);

	run->fault = fault;
	return found;
}

static bool is_user(uint64_t addr)
{
	return addr < UINT64_C(0xffff800000000000);
}

static int read_self(uint64_t addr, void *to, size_t n)
{
	struct iovec local = {to, n}, remote = {pointer(addr), n};

	return process_vm_readv(getpid(), &local, 1, &remote, 1, 0) == (ssize_t)n ? 0 : -EFAULT;
}

/*
 * The kernel's word for what it cannot read: the lower half of the addresses is no place for it at
 * all.
 */
static int read_error(enum vm_space s, uint64_t addr)
{
	return s == VM_KERNEL && is_user(addr) ? -ERANGE : -EFAULT;
}

int mem_read(struct vm_run *run, enum vm_space s, uint64_t addr, void *to, size_t n)
{
	const struct vm_world *w = run->world;
	int err = -EFAULT;

	if (!n)
		return 0;
	if (helper_owns(run, addr, n, false)) {
		memmove(to, pointer(addr), n);
		return 0;
	}
	if (w->outside && w->outside->read)
		err = w->outside->read(w->arg, s, addr, to, n);
	else if (!is_checked(run))
		err = read_self(addr, to, n);
	return err ? read_error(s, addr) : 0;
}

/*
 * In chunks that do not cross a page, since a string may end just before one that is not there; and
 * by bytes where a chunk cannot be had, since a region may end anywhere.
 */
int64_t mem_read_str(struct vm_run *run, enum vm_space s, uint64_t addr, char *to, size_t max)
{
	size_t done = 0, n, nul;
	int err;

	while (done < max) {
		n = MIN(MIN(max - done, (size_t)CHUNK), PAGE - (addr + done) % PAGE);
		if (mem_read(run, s, addr + done, to + done, n)) {
			n = 1;
			err = mem_read(run, s, addr + done, to + done, n);
			if (err)
				return done ? -EFAULT : err;
		}
		nul = strnlen(to + done, n);
		done += nul;
		if (nul < n)
			return (int64_t)done + 1;
	}
	if (max)
		to[max - 1] = '\0';
	return (int64_t)max;
}

/* ---- probe_read and its kin: the destination is zeroed when there is nothing to be had ---- */

static uint64_t probe(struct vm_run *run, enum vm_space s, uint64_t dst, uint32_t size,
		      uint64_t src)
{
	void *to;
	int err;

	if (!helper_mem(run, dst, size, true, &to))
		return 0;
	err = mem_read(run, s, src, to, size);
	if (err && to)
		memset(to, 0, size);
	return neg(err);
}

static uint64_t probe_str(struct vm_run *run, enum vm_space s, uint64_t dst, uint32_t size,
			  uint64_t src)
{
	int64_t n;
	void *to;

	if (!helper_mem(run, dst, size, true, &to) || !size)
		return 0;
	n = mem_read_str(run, s, src, to, size);
	if (n < 0)
		memset(to, 0, size);
	return neg(n);
}

/* Two take either kind of address, and tell them apart by their place. */
static enum vm_space space_of(uint64_t addr)
{
	return is_user(addr) ? VM_USER : VM_KERNEL;
}

HELPER(probe_read)
{
	return probe(run, space_of(r3), r1, (uint32_t)r2, r3);
}

HELPER(probe_read_kernel)
{
	return probe(run, VM_KERNEL, r1, (uint32_t)r2, r3);
}

HELPER(probe_read_user)
{
	return probe(run, VM_USER, r1, (uint32_t)r2, r3);
}

HELPER(copy_from_user)
{
	return probe(run, VM_USER, r1, (uint32_t)r2, r3);
}

HELPER(probe_read_str)
{
	return probe_str(run, space_of(r3), r1, (uint32_t)r2, r3);
}

HELPER(probe_read_kernel_str)
{
	return probe_str(run, VM_KERNEL, r1, (uint32_t)r2, r3);
}

HELPER(probe_read_user_str)
{
	return probe_str(run, VM_USER, r1, (uint32_t)r2, r3);
}

/* Only where somebody carries it out: a program never writes to memory that was not given to it. */
HELPER(probe_write_user)
{
	const struct vm_world *w = run->world;
	void *from;

	if (!helper_mem(run, r2, (uint32_t)r3, false, &from))
		return 0;
	if (!w->outside || !w->outside->write_user)
		return neg(-EPERM);
	return neg(w->outside->write_user(w->arg, r1, from, (uint32_t)r3));
}

KFUNC(bpf_copy_from_user_str)
{
	enum { PAD_ZEROS = 1 };
	uint32_t size = (uint32_t)r2;
	int64_t n;
	char *to;

	if (r4 & ~(uint64_t)PAD_ZEROS)
		return neg(-EINVAL);
	if (!size)
		return 0;
	to = vm_mem(run, r1, size, true);
	if (!to)
		return 0;
	n = mem_read_str(run, VM_USER, r3, to, size);
	if (r4 & PAD_ZEROS)
		memset(to + MAX(n, 0), 0, size - (size_t)MAX(n, 0));
	return neg(n);
}
