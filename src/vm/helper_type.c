/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Types and symbols of the kernel, files, and system calls: whoever is outside knows them, and does
 * them. Nobody: there is no such type, symbol, file, and nothing may be called.
 */
#include "vm/helper.h"

/* ---- values by their type ---- */

struct btf_ptr { /* as the kernel lays it */
	uint64_t at;
	uint32_t type, flags;
};

/* What a program wants shown goes to s: 0 or -errno. */
static int show(struct vm_run *run, uint64_t ptr, uint32_t ptr_size, uint64_t flags, struct str *s)
{
	enum { FLAGS = 15 };
	const struct vm_world *w = run->world;
	const struct btf_ptr *p = vm_mem(run, ptr, ptr_size, false);
	struct btf_ptr copy;

	if (!p)
		return -EFAULT;
	if (flags & ~(uint64_t)FLAGS || ptr_size != sizeof(copy))
		return -EINVAL;
	memcpy(&copy, p, sizeof(copy));
	if ((int32_t)copy.type <= 0 || !w->outside || !w->outside->type_show)
		return -EINVAL;
	return w->outside->type_show(w->arg, copy.type, copy.at, flags, s);
}

HELPER(snprintf_btf)
{
	enum { TEXT_MAX = 1 << 20 };
	uint32_t size = (uint32_t)r2;
	struct str s;
	void *to;
	int err;

	if (!helper_mem(run, r1, size, true, &to))
		return 0;
	str_init(&s, TEXT_MAX);
	err = show(run, r3, (uint32_t)r4, r5, &s);
	if (!err && str_err(&s))
		err = str_err(&s);
	if (!err && size) {
		memcpy(to, s.n ? s.s : "", MIN(s.n, (size_t)size - 1));
		((char *)to)[MIN(s.n, (size_t)size - 1)] = '\0';
	}
	err = err ? err : (int)s.n;
	str_done(&s);
	return neg(err);
}

HELPER(seq_printf_btf)
{
	struct str *seq = helper_seq(run, r1);
	int err = seq ? show(run, r2, (uint32_t)r3, r4, seq) : 0;

	return neg(err ? err : seq && str_err(seq) ? -EOVERFLOW : 0);
}

/* ---- names ---- */

enum { NAME_MAX_ = 512 };

/* A name that the program gives with its length, NUL included: 0 or -errno. */
static int take_name(struct vm_run *run, uint64_t at, uint64_t n, char to[NAME_MAX_])
{
	const char *from;

	if (n < 2 || n > NAME_MAX_)
		return -EINVAL;
	from = vm_mem(run, at, n, false);
	if (!from)
		return -EFAULT;
	memcpy(to, from, n);
	return to[n - 1] ? -EINVAL : 0;
}

HELPER(btf_find_by_name_kind)
{
	const struct vm_world *w = run->world;
	char name[NAME_MAX_];
	int err;

	if (r4)
		return neg(-EINVAL);
	err = take_name(run, r1, (uint32_t)r2, name);
	if (err)
		return neg(err);
	return neg(w->outside && w->outside->type_find
			   ? w->outside->type_find(w->arg, name, (uint32_t)r3)
			   : -ENOENT);
}

HELPER(kallsyms_lookup_name)
{
	const struct vm_world *w = run->world;
	uint64_t found = 0, *to;
	char name[NAME_MAX_];
	int err;

	if (r3)
		return neg(-EINVAL);
	err = take_name(run, r1, (uint32_t)r2, name);
	to = helper_struct(run, r4, sizeof(*to), true);
	if (err || !to)
		return neg(err);
	if (w->outside && w->outside->symbol_find)
		w->outside->symbol_find(w->arg, name, &found);
	*to = found;
	return neg(found ? 0 : -ENOENT);
}

/* ---- files ---- */

static uint64_t d_path(struct vm_run *run, uint64_t path, uint64_t at, uint32_t size)
{
	enum { PATH_TEXT_MAX = 4096 };
	const struct vm_world *w = run->world;
	struct str s;
	int64_t n = -EFAULT;
	void *to;

	if (!helper_mem(run, at, size, true, &to) || !size)
		return 0;
	str_init(&s, PATH_TEXT_MAX);
	if (w->outside && w->outside->path)
		n = w->outside->path(w->arg, path, &s);
	if (!n && (str_err(&s) || s.n + 1 > size))
		n = -ENAMETOOLONG;
	if (!n) {
		memcpy(to, s.n ? s.s : "", s.n);
		((char *)to)[s.n] = '\0';
		n = (int64_t)s.n + 1;
	}
	str_done(&s);
	return neg(n);
}

HELPER(d_path)
{
	return d_path(run, r1, r2, (uint32_t)r3);
}

KFUNC(bpf_path_d_path)
{
	return r3 ? d_path(run, r1, r2, (uint32_t)r3) : neg(-EINVAL);
}

HELPER(sock_from_file)
{
	const struct vm_world *w = run->world;

	return w->outside && w->outside->file_socket ? w->outside->file_socket(w->arg, r1) : 0;
}

/* ---- system calls ---- */

HELPER(sys_bpf)
{
	const struct vm_world *w = run->world;
	uint32_t n = (uint32_t)r3;
	void *attr;

	if (!helper_mem(run, r2, n, true, &attr))
		return 0;
	return neg(w->outside && w->outside->sys_bpf
			   ? w->outside->sys_bpf(w->arg, (uint32_t)r1, attr, n)
			   : -EPERM);
}

HELPER(sys_close)
{
	const struct vm_world *w = run->world;

	return neg(w->outside && w->outside->sys_close ? w->outside->sys_close(w->arg, (uint32_t)r1)
						       : -EBADF);
}
