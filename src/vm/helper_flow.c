/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Helpers that steer the program: loops, tail calls, exceptions, and the iterators over numbers and
 * bits.
 */
#include "vm/helper.h"

enum { LOOPS_MAX = 8 << 20 };

HELPER(loop)
{
	uint32_t n = (uint32_t)r1, i;
	uint64_t r0;

	if (r4)
		return neg(-EINVAL);
	if (n > LOOPS_MAX)
		return (uint32_t)-E2BIG; /* 32 bits: the kernel inlines this call */
	for (i = 0; i < n; i++) {
		if (vm_callback(run, r2, (const uint64_t[]){i, r3, 0, 0, 0}, &r0))
			return 0;
		if (r0)
			return i + 1;
	}
	return i;
}

/* Falls through, with r0 unspecified, when there is no such program or there were 33. */
HELPER(tail_call)
{
	struct map *m = helper_map(run, r2);
	uint32_t i = (uint32_t)r3;
	const struct vm_prog *to;
	uint8_t *slot;

	if (!m || m->type != MAP_TYPE_PROG_ARRAY || i >= m->max_entries ||
	    run->tails >= VM_TAILS_MAX)
		return 0;
	slot = m->values + (uint64_t)i * m->elem_size;
	to = __atomic_load_n((const struct vm_prog **)(void *)slot, __ATOMIC_ACQUIRE);
	if (!to || to->engine != run->prog->engine)
		return 0;
	run->tails++;
	run->tail = to;
	run->err = VM_TAIL;
	return 0;
}

/*
 * Ends the program, from whatever depth; vm_exec goes on with its exception callback. What looks
 * like the fault's place keeps the engines from taking it for a fault of their own.
 */
KFUNC(bpf_throw)
{
	struct vm_world *w = run->world;

	w->thrown = r1;
	w->thrower = run->prog;
	run->fault.pc = 0;
	run->err = VM_THROW;
	return 0;
}

KFUNC(__bpf_trap) /* the verifier's word for "never comes here" */
{
	helper_fault(run, 0, 0);
	return 0;
}

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
