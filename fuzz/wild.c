/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Programs that no verifier has seen: instructions with any operands, calls of any helper with any
 * arguments, on maps and a packet. The checked engine runs them, with a budget; whatever they do, they
 * end, and nothing but their own memory is touched, which the sanitizers see.
 *
 * Six bytes of input make an instruction: its row (two bytes: a call of some helper is likelier), the
 * seed for its fields, registers, and a distance for jumps.
 */
#include <stdlib.h>

#include "../tests/vm_gen_maps.h"
#include "vm/vm.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

enum { INSNS_MAX = 256, MEMORY = 256, BUDGET = 20000 };

static struct gen_maps around;
static struct vm_packet packet;

/* ---- the program ---- */

struct wild {
	struct insn at[INSNS_MAX + 4];
	size_t n;
};

static void put(struct wild *w, struct insn i)
{
	w->at[w->n++] = i;
}

static int32_t some_helper(unsigned k)
{
	static const int32_t likely[] = {1, 2, 3, 6, 12, 26, 27, 46, 50, 51, 87, 105, 112, 130, 131, 164, 165,
					 169, 170, 171, 174, 181, 197, 201, 202, 203, 208};

	return k < ARRAY_LEN(likely) ? likely[k] : around.vm.helper[k % around.vm.helpers].id;
}

/* Arguments as programs write them, so that helpers do not always fault at once. */
static void put_call(struct wild *w, const uint8_t *b)
{
	unsigned r = 1 + b[4] % 5;

	if (b[5] & 1)
		put(w, isa_mov64_reg(r, ISA_REG_FP));
	if (b[5] & 1)
		put(w, isa_add64_imm(r, -(int32_t)(b[3] & 0xf8) - 8));
	if (b[5] & 2) {
		isa_ld_imm64(w->at + w->n, 1 + b[5] / 4 % 3, 1, 1 + b[5] / 16 % GEN_MAPS);
		w->n += 2;
	}
	put(w, isa_call(some_helper(b[2])));
}

/* Any row's any encoding; jumps near enough to lead somewhere. */
static void put_one(struct wild *w, const uint8_t *b)
{
	uint64_t seed = (uint64_t)b[2] << 8 | b[3];
	struct insn two[2];
	struct isa_op op;
	size_t slots;

	if (b[0] >= 0xe0) {
		put_call(w, b);
		return;
	}
	slots = isa_sample((enum isa_id)(1 + ((unsigned)b[0] << 8 | b[1]) % (_ISA_MAX - 1)), &seed, two);
	if (two[0].dst < ISA_REG_MAX)
		two[0].dst = b[4] % ISA_REG_MAX & 15;
	if (two[0].src > 6 && two[0].src < ISA_REG_MAX)
		two[0].src = (b[4] >> 4) % ISA_REG_MAX & 15;
	if (!isa_decode(&(struct isa_target){.foreign = true}, two, slots, &op, NULL) && isa_has_jump(&op)) {
		if (op.form == ISA_FORM_CALL_LOCAL || op.form == ISA_FORM_JA32 || slots == 2)
			two[0].imm = (int8_t)b[5] % 24;
		else
			two[0].off = (int8_t)b[5] % 24;
	} else if (isa_class(two[0].code) >= ISA_CLASS_LDX && isa_class(two[0].code) <= ISA_CLASS_STX) {
		two[0].off = (int16_t)((int8_t)b[5] * 8);
	}
	put(w, two[0]);
	if (slots == 2)
		put(w, two[1]);
}

static void make(struct wild *w, const uint8_t *bytes, size_t n)
{
	static const struct insn good = {.code = 0xb7};
	struct isa_target t = {.foreign = true};
	struct isa_op op;
	size_t pc;

	w->n = 0;
	for (; n >= 6 && w->n + 6 < INSNS_MAX; bytes += 6, n -= 6)
		put_one(w, bytes);
	put(w, isa_exit());
	put(w, isa_exit());
	/* what the machine would refuse becomes a move: one such would hide all others */
	for (pc = 0; pc < w->n; pc += op.slots) {
		struct vm_prog *p;
		struct insn probe[4] = {w->at[pc], w->at[pc + 1], isa_exit(), isa_exit()};
		int64_t to;

		op = (struct isa_op){.slots = 1};
		if (isa_decode(&t, w->at + pc, w->n - pc, &op, NULL)) {
			w->at[pc] = good;
			op.slots = 1;
			continue;
		}
		to = (int64_t)pc + op.slots + op.jump;
		if (isa_has_jump(&op)) {
			if (to < 0 || to >= (int64_t)w->n)
				w->at[pc] = good, op.slots = 1;
			continue;
		}
		if (op.slots == 1)
			probe[1] = isa_exit();
		if (vm_load("probe", probe, 4, VM_CHECKED, &around.vm, NULL, &p))
			w->at[pc] = good, op.slots = 1;
		else
			vm_unload(p);
	}
}

/* ---- running ---- */

struct outcome {
	int err;
	uint64_t r0;
	uint32_t pc, kind;
};

static void run(const struct wild *w, const uint8_t *bytes, size_t n, struct outcome *o)
{
	uint8_t memory[MEMORY] = {0}, frame[64] = {0};
	uint64_t arg[5] = {(uintptr_t)vm_packet_ctx(&packet), (uintptr_t)memory, MEMORY};
	struct vm_world world;
	struct vm_prog *p;
	struct vm_run r;

	*o = (struct outcome){0};
	if (vm_load("wild", w->at, w->n, VM_CHECKED, &around.vm, NULL, &p)) {
		o->err = 1; /* a jump into a 64-bit load, or no end */
		return;
	}
	memcpy(frame, bytes, MIN(n, sizeof(frame)));
	GEN_SURE(!vm_packet_set(&packet, frame, sizeof(frame)));
	vm_world_init(&world, NULL, NULL, 1);
	world.packet = &packet;
	GEN_SURE(!vm_run_init(&r));
	r.world = &world;
	r.budget = BUDGET;
	GEN_SURE(!vm_run_region(&r, memory, MEMORY, true) && !vm_packet_show(&r, &packet));
	map_enter();
	o->err = vm_exec(&r, p, arg, &o->r0);
	map_exit();
	o->pc = o->err ? r.fault.pc : 0;
	o->kind = r.fault.kind;
	vm_run_done(&r);
	vm_world_done(&world);
	vm_unload(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static struct wild w;
	struct outcome o;

	gen_maps_init(&around, VM_CHECKED, false, false);
	GEN_SURE(!vm_packet_init(&packet, VM_PACKET_SKB));
	make(&w, bytes, n);
	run(&w, bytes, n, &o);
	vm_packet_done(&packet);
	gen_maps_done(&around);
	if (o.err && o.err != 1 && o.err != -EFAULT)
		abort();
	if (o.err == -EFAULT && (o.kind == VM_NO_FAULT || o.pc >= w.n))
		abort();
	return 0;
}
