/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sets of CPUs that programs own, counted, and kept in map values through bpf_kptr_xchg.
 *
 * In the checked engines a pointer is believed in only when the program owns it.
 */
#include "vm/helper.h"

enum { MASK_BITS = 8192, MASK_WORDS = MASK_BITS / 64 };

struct mask {
	uint64_t word[MASK_WORDS];
	uint32_t refs;
};

static uint32_t cpus_of(const struct vm_run *run)
{
	return MIN(run->world->cpus, (uint32_t)MASK_BITS);
}

static struct mask *mask_at(struct vm_run *run, uint64_t at)
{
	if (is_checked(run) && !run->world->verified &&
	    !world_owns(run->world, VM_OWNS_CPUMASK, pointer(at))) {
		helper_fault(run, at, sizeof(struct mask));
		return NULL;
	}
	return pointer(at);
}

KFUNC(bpf_cpumask_create)
{
	struct mask *m = mem_alloc(sizeof(*m));

	if (!m)
		return 0;
	m->refs = 1;
	if (is_checked(run) && (world_own(run->world, VM_OWNS_CPUMASK, m) ||
				vm_grant(run, m, sizeof(m->word), false))) {
		world_disown(run->world, VM_OWNS_CPUMASK, m);
		mem_free(m);
		return 0;
	}
	return address(m);
}

void cpumask_taken(struct vm_run *run, uint64_t at)
{
	struct mask *m = pointer(at);

	if (!m)
		return;
	run->err = world_own(run->world, VM_OWNS_CPUMASK, m);
	if (run->err)
		vm_type_cpumask.free(m);
	else
		run->err = vm_grant(run, m, sizeof(m->word), false);
}

KFUNC(bpf_cpumask_acquire)
{
	struct mask *m = mask_at(run, r1);

	if (!m || (is_checked(run) && world_own(run->world, VM_OWNS_CPUMASK, m)))
		return 0;
	__atomic_fetch_add(&m->refs, 1, __ATOMIC_RELAXED);
	return r1;
}

static void cpumask_free(void *object)
{
	struct mask *m = object;

	if (m && __atomic_sub_fetch(&m->refs, 1, __ATOMIC_ACQ_REL) == 0)
		mem_free(m);
}

const struct vm_object_type vm_type_cpumask = {.free = cpumask_free};

KFUNC(bpf_cpumask_release)
{
	struct mask *m = mask_at(run, r1);

	if (!m)
		return 0;
	if (is_checked(run)) {
		world_disown(run->world, VM_OWNS_CPUMASK, m);
		if (!world_owns(run->world, VM_OWNS_CPUMASK, m))
			vm_ungrant(run, m);
	}
	cpumask_free(m);
	return 0;
}

/* ---- one CPU ---- */

static uint64_t *word_of(const struct vm_run *run, struct mask *m, uint32_t cpu)
{
	return m && cpu < cpus_of(run) ? &m->word[cpu / 64] : NULL;
}

#define BIT(cpu) (UINT64_C(1) << (cpu) % 64)

KFUNC(bpf_cpumask_set_cpu)
{
	uint64_t *word = word_of(run, mask_at(run, r2), (uint32_t)r1);

	if (word)
		__atomic_fetch_or(word, BIT(r1), __ATOMIC_RELAXED);
	return 0;
}

KFUNC(bpf_cpumask_clear_cpu)
{
	uint64_t *word = word_of(run, mask_at(run, r2), (uint32_t)r1);

	if (word)
		__atomic_fetch_and(word, ~BIT(r1), __ATOMIC_RELAXED);
	return 0;
}

KFUNC(bpf_cpumask_test_cpu)
{
	uint64_t *word = word_of(run, mask_at(run, r2), (uint32_t)r1);

	return word && *word & BIT(r1);
}

KFUNC(bpf_cpumask_test_and_set_cpu)
{
	uint64_t *word = word_of(run, mask_at(run, r2), (uint32_t)r1);

	return word && __atomic_fetch_or(word, BIT(r1), __ATOMIC_SEQ_CST) & BIT(r1);
}

KFUNC(bpf_cpumask_test_and_clear_cpu)
{
	uint64_t *word = word_of(run, mask_at(run, r2), (uint32_t)r1);

	return word && __atomic_fetch_and(word, ~BIT(r1), __ATOMIC_SEQ_CST) & BIT(r1);
}

/* ---- whole sets; what stands past the last CPU is never looked at ---- */

static uint64_t valid(const struct vm_run *run, uint32_t i)
{
	uint32_t n = cpus_of(run);

	return i < n / 64 ? UINT64_MAX : i == n / 64 ? BIT(n) - 1 : 0;
}

enum combine { AND, OR, XOR };

static uint64_t combine(enum combine how, uint64_t a, uint64_t b)
{
	return how == AND ? a & b : how == OR ? a | b : a ^ b;
}

/* dst may be one of the others. Whether anything is in it then. */
static uint64_t combine_into(struct vm_run *run, uint64_t dst, uint64_t a, uint64_t b,
			     enum combine how)
{
	struct mask *d = mask_at(run, dst), *x = d ? mask_at(run, a) : NULL,
		    *y = x ? mask_at(run, b) : NULL;
	uint64_t any = 0;
	uint32_t i;

	for (i = 0; y && i < MASK_WORDS; i++) {
		d->word[i] = combine(how, x->word[i], y->word[i]) & valid(run, i);
		any |= d->word[i];
	}
	return any != 0;
}

KFUNC(bpf_cpumask_and)
{
	return combine_into(run, r1, r2, r3, AND);
}

KFUNC(bpf_cpumask_or)
{
	combine_into(run, r1, r2, r3, OR);
	return 0;
}

KFUNC(bpf_cpumask_xor)
{
	combine_into(run, r1, r2, r3, XOR);
	return 0;
}

KFUNC(bpf_cpumask_copy)
{
	combine_into(run, r1, r2, r2, OR);
	return 0;
}

static uint64_t fill(struct vm_run *run, uint64_t at, uint64_t with)
{
	struct mask *m = mask_at(run, at);
	uint32_t i;

	for (i = 0; m && i < MASK_WORDS; i++)
		m->word[i] = with & valid(run, i);
	return 0;
}

KFUNC(bpf_cpumask_setall)
{
	return fill(run, r1, UINT64_MAX);
}

KFUNC(bpf_cpumask_clear)
{
	return fill(run, r1, 0);
}

/* ---- questions: the first CPU that is in `a ^ flip` and in b, or their number ---- */

static uint64_t first(struct vm_run *run, uint64_t a, uint64_t b, uint64_t flip_a, uint64_t flip_b)
{
	const struct mask *x = mask_at(run, a), *y = x ? mask_at(run, b) : NULL;
	uint64_t word;
	uint32_t i;

	for (i = 0; y && i < MASK_WORDS; i++) {
		word = (x->word[i] ^ flip_a) & (y->word[i] ^ flip_b) & valid(run, i);
		if (word)
			return i * 64 + (uint32_t)__builtin_ctzll(word);
	}
	return cpus_of(run);
}

static bool none(struct vm_run *run, uint64_t a, uint64_t b, uint64_t flip_a, uint64_t flip_b)
{
	return first(run, a, b, flip_a, flip_b) == cpus_of(run);
}

KFUNC(bpf_cpumask_first)
{
	return first(run, r1, r1, 0, 0);
}

KFUNC(bpf_cpumask_first_zero)
{
	return first(run, r1, r1, UINT64_MAX, UINT64_MAX);
}

KFUNC(bpf_cpumask_first_and)
{
	return first(run, r1, r2, 0, 0);
}

KFUNC(bpf_cpumask_any_distribute)
{
	return first(run, r1, r1, 0, 0);
}

KFUNC(bpf_cpumask_any_and_distribute)
{
	return first(run, r1, r2, 0, 0);
}

KFUNC(bpf_cpumask_empty)
{
	return none(run, r1, r1, 0, 0);
}

KFUNC(bpf_cpumask_full)
{
	return none(run, r1, r1, UINT64_MAX, UINT64_MAX);
}

KFUNC(bpf_cpumask_intersects)
{
	return !none(run, r1, r2, 0, 0);
}

KFUNC(bpf_cpumask_subset)
{
	return none(run, r1, r2, 0, UINT64_MAX);
}

KFUNC(bpf_cpumask_equal)
{
	return none(run, r1, r2, 0, UINT64_MAX) && none(run, r1, r2, UINT64_MAX, 0);
}

KFUNC(bpf_cpumask_weight)
{
	const struct mask *m = mask_at(run, r1);
	uint64_t n = 0;
	uint32_t i;

	for (i = 0; m && i < MASK_WORDS; i++)
		n += (uint64_t)__builtin_popcountll(m->word[i] & valid(run, i));
	return n;
}

KFUNC(bpf_cpumask_populate)
{
	struct mask *m = mask_at(run, r1);
	size_t want = ALIGN_UP(cpus_of(run), 64u) / 8;
	const void *from;
	uint32_t i;

	if (!m)
		return 0;
	if (r3 < want)
		return neg(-EACCES);
	from = vm_mem(run, r2, want, false);
	if (!from)
		return 0;
	memcpy(m->word, from, want);
	for (i = 0; i < MASK_WORDS; i++)
		m->word[i] &= valid(run, i);
	return 0;
}
