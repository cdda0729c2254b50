/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The caller's memory (E4). When addresses may be bad, the kernel copies for us and says EFAULT
 * instead of sending a signal; where it does not let us ask it that way, they are trusted.
 */
#include <sys/uio.h>
#include <unistd.h>

#include "engine/impl.h"

/* How many bytes were copied before the first that could not be. */
static size_t copy_safely(void *ours, uint64_t theirs, size_t n, bool out)
{
	size_t done = 0;

	while (done < n) {
		struct iovec a = {(char *)ours + done, n - done};
		struct iovec b = {(void *)(uintptr_t)(theirs + done), n - done};
		ssize_t got = out ? process_vm_writev(getpid(), &a, 1, &b, 1, 0)
				  : process_vm_readv(getpid(), &a, 1, &b, 1, 0);

		if (got < 0 && (errno == ENOSYS || errno == EPERM)) {
			memcpy(out ? b.iov_base : a.iov_base, out ? a.iov_base : b.iov_base, n - done);
			return n;
		}
		if (got <= 0)
			break;
		done += (size_t)got;
	}
	return done;
}

int user_in(const struct embedded *e, void *to, uint64_t from, size_t n)
{
	if (e->check_memory)
		return copy_safely(to, from, n, false) == n ? 0 : -EFAULT;
	if (n && !from)
		return -EFAULT;
	if (n)
		memcpy(to, (const void *)(uintptr_t)from, n);
	return 0;
}

int user_out(const struct embedded *e, uint64_t to, const void *from, size_t n)
{
	if (e->check_memory)
		return copy_safely((void *)(uintptr_t)from, to, n, true) == n ? 0 : -EFAULT;
	if (n && !to)
		return -EFAULT;
	if (n)
		memcpy((void *)(uintptr_t)to, from, n);
	return 0;
}

size_t user_in_some(const struct embedded *e, void *to, uint64_t from, size_t n)
{
	if (e->check_memory)
		return copy_safely(to, from, n, false);
	return user_in(e, to, from, n) ? 0 : n;
}

int user_in_str(const struct embedded *e, char *to, uint64_t from, size_t max)
{
	size_t n = 0, part, got;

	for (; n < max; n += got) {
		part = MIN(max - n, PAGE - (from + n) % PAGE);
		got = e->check_memory ? copy_safely(to + n, from + n, part, false) : part;
		if (!e->check_memory) {
			if (!from)
				return -EFAULT;
			got = strnlen((const char *)(uintptr_t)(from + n), part);
			memcpy(to + n, (const char *)(uintptr_t)(from + n), got);
			if (got < part)
				to[n + got++] = 0;
		}
		if (memchr(to + n, 0, got))
			return (int)strlen(to);
		if (got < part)
			return -EFAULT;
	}
	to[max - 1] = 0;
	return (int)max;
}

int user_tail_zero(const struct embedded *e, uint64_t from, size_t expect, size_t actual)
{
	uint8_t tail[PAGE];
	size_t i;

	if (actual > PAGE)
		return -E2BIG;
	if (actual <= expect)
		return 0;
	if (user_in(e, tail, from + expect, actual - expect))
		return -EFAULT;
	for (i = 0; i < actual - expect; i++)
		if (tail[i])
			return -E2BIG;
	return 0;
}

int user_dup(const struct embedded *e, uint64_t from, size_t n, void **ret_copy)
{
	void *p = n ? mem_alloc(n) : NULL;

	if (n && !p)
		return -ENOMEM;
	if (n && user_in(e, p, from, n)) {
		mem_free(p);
		return -EFAULT;
	}
	*ret_copy = p;
	return 0;
}
