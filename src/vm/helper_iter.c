/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Open-coded iterators, over numbers, bits, tasks and areas of memory. An iterator lies on the
 * program's stack, where a program nobody has verified may change it, so what it says is checked
 * again at each use (H1).
 */
#include "vm/helper.h"

enum { LOOPS_MAX = 8 << 20 }; /* as of bpf_loop */

/* ---- bpf_iter_num: the program's 8 bytes hold the number before the next, and the end ---- */

struct iter_num {
	int32_t cur, end;
};

static struct iter_num *iter_num(struct vm_run *run, uint64_t at)
{
	return helper_struct(run, at, sizeof(struct iter_num), true);
}

KFUNC(bpf_iter_num_new)
{
	struct iter_num *it = iter_num(run, r1);
	int32_t start = (int32_t)r2, end = (int32_t)r3;

	if (!it)
		return 0;
	*it = (struct iter_num){0};
	if (start > end)
		return neg(-EINVAL);
	if ((int64_t)end - start > LOOPS_MAX)
		return neg(-E2BIG);
	*it = (struct iter_num){(int32_t)((uint32_t)start - 1), end};
	return 0;
}

KFUNC(bpf_iter_num_next)
{
	struct iter_num *it = iter_num(run, r1);

	if (!it)
		return 0;
	if ((int32_t)((uint32_t)it->cur + 1) >= it->end) {
		*it = (struct iter_num){0};
		return 0;
	}
	it->cur = (int32_t)((uint32_t)it->cur + 1);
	return address(&it->cur);
}

KFUNC(bpf_iter_num_destroy)
{
	struct iter_num *it = iter_num(run, r1);

	if (it)
		*it = (struct iter_num){0};
	return 0;
}

/* ---- bpf_iter_bits: one word lies in the iterator, more in memory the program only owns ---- */

struct iter_bits {
	uint64_t bits; /* or the address of the copy */
	int32_t n, bit;
};

enum { BITS_WORDS_MAX = 511 };

static struct iter_bits *iter_bits(struct vm_run *run, uint64_t at)
{
	return helper_struct(run, at, sizeof(struct iter_bits), true);
}

static int64_t bits_copy_of(struct vm_run *run, uint64_t from, uint32_t words, uint64_t *ret_at)
{
	uint64_t *copy = mem_alloc_array(words, 8);
	int err = copy ? mem_read(run, VM_KERNEL, from, copy, words * 8) : -ENOMEM;

	if (!err)
		err = world_own(run->world, VM_OWNS_BITS, copy);
	if (err) {
		mem_free(copy);
		return err;
	}
	*ret_at = address(copy);
	return 0;
}

KFUNC(bpf_iter_bits_new)
{
	struct iter_bits *it = iter_bits(run, r1), new = {.bit = -1};
	uint32_t words = (uint32_t)r3;
	int64_t err;

	if (!it)
		return 0;
	*it = new;
	if (!r2 || !words)
		return neg(-EINVAL);
	if (words > BITS_WORDS_MAX)
		return neg(-E2BIG);
	if (words == 1)
		err = mem_read(run, VM_KERNEL, r2, &new.bits, 8) ? -EFAULT : 0;
	else
		err = bits_copy_of(run, r2, words, &new.bits);
	if (err)
		return neg(err);
	new.n = (int32_t)words * 64;
	*it = new;
	return 0;
}

/* The words, or NULL when the iterator has been tampered with. */
static const uint64_t *bits_of(struct vm_run *run, const struct iter_bits *it)
{
	if (it->n == 64)
		return &it->bits;
	if (it->n % 64 || it->n > BITS_WORDS_MAX * 64 || it->bit < -1 ||
	    !world_owns(run->world, VM_OWNS_BITS, pointer(it->bits)))
		return NULL;
	return pointer(it->bits);
}

KFUNC(bpf_iter_bits_next)
{
	struct iter_bits *it = iter_bits(run, r1);
	const uint64_t *word;
	int32_t bit;

	if (!it || it->n <= 0 || it->bit >= it->n || it->bit < -1)
		return 0;
	word = bits_of(run, it);
	if (!word) {
		helper_fault(run, r1, sizeof(*it));
		return 0;
	}
	for (bit = it->bit + 1; bit < it->n; bit++)
		if (word[bit / 64] >> (bit % 64) & 1)
			break;
	it->bit = bit;
	return bit < it->n ? address(&it->bit) : 0;
}

KFUNC(bpf_iter_bits_destroy)
{
	struct iter_bits *it = iter_bits(run, r1);

	if (it && it->n > 64 && world_disown(run->world, VM_OWNS_BITS, pointer(it->bits)))
		mem_free(pointer(it->bits));
	return 0;
}

/* ---- bpf_iter_task: the world's table from some row on ---- */

enum { ALL_PROCS, ALL_THREADS, PROC_THREADS };

struct iter_task {
	uint32_t next, flags, tgid, pad[3];
};

static struct iter_task *iter_task(struct vm_run *run, uint64_t at)
{
	return helper_struct(run, at, sizeof(struct iter_task), true);
}

KFUNC(bpf_iter_task_new)
{
	struct iter_task *it = iter_task(run, r1);
	uint32_t flags = (uint32_t)r3, n;
	const struct vm_task *all = world_tasks(run->world, &n), *t;

	if (!it)
		return 0;
	*it = (struct iter_task){.next = UINT32_MAX};
	t = r2 ? world_task(run->world, r2) : NULL;
	if (flags > PROC_THREADS || (flags == PROC_THREADS && !t))
		return neg(-EINVAL);
	*it = (struct iter_task){.flags = flags};
	for (; flags == PROC_THREADS && it->next < n && all[it->next].pid != t->pid; it->next++)
		;
	it->tgid = t ? t->tgid : 0;
	return 0;
}

KFUNC(bpf_iter_task_next)
{
	struct iter_task *it = iter_task(run, r1);
	const struct vm_task *t;
	uint32_t n;

	if (!it)
		return 0;
	t = world_tasks(run->world, &n);
	for (; it->next < n; it->next++)
		if (it->flags == ALL_THREADS ||
		    (it->flags == ALL_PROCS ? t[it->next].pid == t[it->next].tgid
					    : t[it->next].tgid == it->tgid))
			return t[it->next++].address;
	return 0;
}

KFUNC(bpf_iter_task_destroy)
{
	return 0;
}

/* ---- bpf_iter_css_task: one word: the row of the next task, the cgroup's, and flags ---- */

enum { CSS_PROCS = 1, CSS_THREADED = 2 };

static uint64_t *iter_word(struct vm_run *run, uint64_t at)
{
	return helper_struct(run, at, sizeof(uint64_t), true);
}

KFUNC(bpf_iter_css_task_new)
{
	uint64_t *it = iter_word(run, r1);
	const struct vm_cgroup *c = world_cgroup(run->world, r2);
	uint32_t flags = (uint32_t)r3;

	if (!it)
		return 0;
	*it = 0;
	if (flags && flags != CSS_PROCS && flags != (CSS_PROCS | CSS_THREADED))
		return neg(-EINVAL);
	if (c)
		*it = (uint64_t)(c - run->world->cgroup + 1) << 34 | (uint64_t)flags << 32;
	return 0;
}

KFUNC(bpf_iter_css_task_next)
{
	const struct vm_world *w = run->world;
	uint64_t *it = iter_word(run, r1), row;
	const struct vm_task *t;
	uint32_t n, i;

	row = it ? *it >> 34 : 0;
	if (!row || row > w->cgroups)
		return 0;
	t = world_tasks(w, &n);
	for (i = (uint32_t)*it; i < n; i++)
		if (t[i].cgroups && t[i].cgroup[t[i].cgroups - 1] == w->cgroup[row - 1].id &&
		    (!(*it >> 32 & CSS_PROCS) || t[i].pid == t[i].tgid))
			break;
	*it = (*it & ~(uint64_t)UINT32_MAX) | (i < n ? i + 1 : n);
	return i < n ? t[i].address : 0;
}

KFUNC(bpf_iter_css_task_destroy)
{
	return 0;
}

/* ---- bpf_iter_task_vma: one word: the task's row, and the page where to go on ---- */

enum { VMA_PAGE_BITS = 36, VMA_PAGE_SHIFT = 12 };

KFUNC(bpf_iter_task_vma_new)
{
	const struct vm_world *w = run->world;
	uint64_t *it = iter_word(run, r1);
	const struct vm_task *t = world_task(w, r2), *all;
	uint32_t n, i;

	if (!it)
		return 0;
	*it = 0;
	if (!t || !w->outside || !w->outside->vma)
		return neg(-ENOENT);
	all = world_tasks(w, &n);
	for (i = 0; i < n && all[i].pid != t->pid; i++)
		;
	*it = (uint64_t)(i + 1) << VMA_PAGE_BITS |
	      MIN(r3 >> VMA_PAGE_SHIFT, (UINT64_C(1) << VMA_PAGE_BITS) - 1);
	return 0;
}

KFUNC(bpf_iter_task_vma_next)
{
	const struct vm_world *w = run->world;
	const uint64_t pages = (UINT64_C(1) << VMA_PAGE_BITS) - 1;
	uint64_t *it = iter_word(run, r1), row = it ? *it >> VMA_PAGE_BITS : 0;
	const struct vm_task *t;
	struct vm_vma vma;
	uint32_t n;

	t = world_tasks(w, &n);
	if (!row || row > n || !w->outside || !w->outside->vma)
		return 0;
	if (w->outside->vma(w->arg, &t[row - 1], (*it & pages) << VMA_PAGE_SHIFT, &vma)) {
		*it = 0;
		return 0;
	}
	*it = row << VMA_PAGE_BITS | MIN(vma.end >> VMA_PAGE_SHIFT, pages);
	return vma.address;
}

KFUNC(bpf_iter_task_vma_destroy)
{
	return 0;
}
