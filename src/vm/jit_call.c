/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Calls of helpers that come down to less than a call through vm_helper_fn: an element of an array is
 * a comparison and an address, a field of the world is a load, other maps' functions can be called
 * without the helper around them. Nothing but the time may tell the difference, and it holds for the
 * helpers of this module only, which are known by their functions, whatever number they have.
 *
 *	C1  a map is known when the operations before the call, in its block, show which load of a
 *	    map it comes from; the program keeps such maps alive
 *	C2  native code is not checked, so a helper's memory is what the program says
 *	C3  none of the functions called instead looks at the run, fails, or calls back
 */
#include "vm/helper.h"
#include "vm/jit.h"

enum { LOOK_BACK = 32 };

/* The map that a register holds at pc, or NULL. */
static struct map *map_in(const struct jit *j, uint32_t pc, unsigned reg)
{
	const uint32_t end = pc > LOOK_BACK ? pc - LOOK_BACK : 0;

	while (pc > end && !j->insn[pc].flags) {
		const struct vm_op *op = &j->p->op[--pc];

		if (jit_id(op) == ISA_CALL_LOCAL && reg <= 5)
			return NULL;
		if (!(jit_writes(op) >> reg & 1))
			continue;
		if (jit_id(op) == ISA_LD_MAP_FD || jit_id(op) == ISA_LD_MAP_IDX)
			return pointer((uint64_t)op->imm64);
		if (jit_id(op) != ISA_MOV64_R)
			return NULL;
		reg = op->src;
	}
	return NULL;
}

/* ---- fields of the world ---- */

#define FIELD(helper, field)                                                                       \
	{helper_##helper, sizeof(((struct vm_world *)0)->field), offsetof(struct vm_world, field)}

static const struct {
	vm_helper_fn helper;
	uint16_t size, at;
} fields[] = {
	FIELD(get_smp_processor_id, cpu),
	FIELD(get_numa_node_id, numa_node),
	FIELD(get_current_task, task.address),
	FIELD(get_current_task_btf, task.address),
	FIELD(get_attach_cookie, attach_cookie),
	FIELD(get_func_ip, func_ip),
	FIELD(get_func_arg_cnt, func_args),
	{helper_get_current_pid_tgid, 8, offsetof(struct vm_world, task.pid)}, /* the lower half */
	{helper_get_current_uid_gid, 8, offsetof(struct vm_world, task.uid)},
};
_Static_assert(offsetof(struct vm_task, tgid) == offsetof(struct vm_task, pid) + 4 &&
	       offsetof(struct vm_task, gid) == offsetof(struct vm_task, uid) + 4, "read as pairs");

/* Those that only need the world, and somebody who knows nothing of programs: C3. */
static const struct {
	vm_helper_fn helper;
	uint8_t args;
} leaves[] = {
	{helper_ktime_get_ns, 0},	 {helper_ktime_get_boot_ns, 0}, {helper_ktime_get_coarse_ns, 0},
	{helper_ktime_get_tai_ns, 0}, {helper_jiffies64, 0},	        {helper_get_prandom_u32, 0},
	{helper_ringbuf_submit, 2},	 {helper_ringbuf_discard, 2},
};

static struct jit_callee plain_callee(vm_helper_fn helper)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(fields); i++)
		if (fields[i].helper == helper)
			return (struct jit_callee){.kind = JIT_CALL_FIELD, .size = (uint8_t)fields[i].size,
						   .at = fields[i].at};
	for (i = 0; i < ARRAY_LEN(leaves); i++)
		if (leaves[i].helper == helper)
			return (struct jit_callee){.kind = JIT_CALL_LEAF, .args = leaves[i].args};
	return (struct jit_callee){.kind = JIT_CALL_HELPER, .args = 5};
}

/* ---- maps ---- */

enum { WITH_KEY = 1, WITH_VALUE = 2, KEYLESS = 4, BLOOM = 8, RING = 16 };

static bool key_and_value_fit(const struct map *m, unsigned needs)
{
	if (needs & KEYLESS)
		return m->type == MAP_TYPE_QUEUE || m->type == MAP_TYPE_STACK ||
		       (needs & BLOOM && m->type == MAP_TYPE_BLOOM_FILTER);
	if (needs & RING)
		return m->type == MAP_TYPE_RINGBUF;
	return m->key_size && (m->value_size || !(needs & WITH_VALUE));
}

#define FN(name) (const void *)(uintptr_t)(name)

static const struct {
	vm_helper_fn helper;
	void (*fn)(void); /* as it is called */
	uint8_t needs, args;
	bool is_int;
} functions[] = {
#define FUNCTION(helper, fn, ...) {helper_##helper, (void (*)(void))(fn), __VA_ARGS__}
	FUNCTION(map_update_elem, map_update, WITH_KEY | WITH_VALUE, 4, true),
	FUNCTION(map_delete_elem, map_delete, WITH_KEY, 2, true),
	FUNCTION(map_push_elem, map_push, KEYLESS | BLOOM, 3, true),
	FUNCTION(map_pop_elem, map_pop, KEYLESS, 2, true),
	FUNCTION(map_peek_elem, map_peek, KEYLESS | BLOOM, 2, true),
	FUNCTION(map_lookup_percpu_elem, map_lookup_percpu, WITH_KEY, 3, false),
	FUNCTION(ringbuf_reserve, map_ring_reserve, RING, 3, false),
};

/* An element's place is computed with signed 32-bit constants. */
static bool is_simple_array(const struct jit *j, const struct map *m)
{
	switch (m->type) {
	case MAP_TYPE_ARRAY:
	case MAP_TYPE_ARRAY_OF_MAPS:
		return m->elem_size <= INT32_MAX;
	case MAP_TYPE_PERCPU_ARRAY:
		return m->elem_size <= INT32_MAX && m->cpu_stride <= INT32_MAX &&
		       (!j->p->cpus || j->p->cpus == m->cpus);
	default:
		return false;
	}
}

static struct jit_callee lookup(const struct jit *j, struct map *m)
{
	struct jit_callee c = {.kind = JIT_CALL_MAP, .map = m, .args = 2, .fn = FN(m->lookup)};

	if (is_simple_array(j, m))
		c.kind = JIT_CALL_ELEM;
	c.inner = m->type == MAP_TYPE_ARRAY_OF_MAPS;
	return c;
}

struct jit_callee jit_callee(const struct jit *j, uint32_t pc)
{
	const struct vm_op *op = &j->p->op[pc];
	struct jit_callee c = plain_callee(op->helper);
	struct map *m;
	size_t i;

	if (c.kind != JIT_CALL_HELPER)
		return c;
	if (op->helper == helper_map_lookup_elem) {
		m = map_in(j, pc, 1);
		return m && m->key_size ? lookup(j, m) : c;
	}
	for (i = 0; i < ARRAY_LEN(functions); i++)
		if (functions[i].helper == op->helper)
			break;
	m = i < ARRAY_LEN(functions) ? map_in(j, pc, 1) : NULL;
	if (!m || !key_and_value_fit(m, functions[i].needs))
		return c;
	return (struct jit_callee){.kind = JIT_CALL_MAP, .map = m, .args = functions[i].args,
				   .is_int = functions[i].is_int, .fn = FN(functions[i].fn)};
}

/*
 * Before anybody asks what the call reads: op->dst becomes its kind, op->off the arguments nobody looks
 * at. All per-CPU arrays whose elements are found here count CPUs alike.
 */
void jit_find_call(struct jit *j, uint32_t pc)
{
	static const uint8_t first[] = {[JIT_CALL_FIELD] = 1, [JIT_CALL_HELPER] = 1, [JIT_CALL_LEAF] = 1,
					[JIT_CALL_ELEM] = 2, [JIT_CALL_MAP] = 2};
	struct jit_callee c = jit_callee(j, pc);
	struct vm_op *op = &j->p->op[pc];

	if (c.kind == JIT_CALL_ELEM && c.map->cpu_stride)
		j->p->cpus = c.map->cpus;
	op->dst = (uint8_t)c.kind;
	op->off = (int16_t)(JIT_ARGS & ~((2u << c.args) - (1u << first[c.kind])));
}
