/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What OBJ_GET_INFO says of programs: arrays are copied as far as there is room for them, their
 * lengths told in any case. kernel: bpf_prog_get_info_by_fd()
 */
#include "engine/impl.h"

/* n rows of `size` bytes for the caller, who has room for *count; *count becomes n. */
static int give(const struct call *c, uint64_t to, uint32_t *count, const void *from, uint32_t n,
		size_t size)
{
	uint32_t room = MIN(*count, n);

	*count = n;
	return room ? user_out(c->e, to, from, room * size) : 0;
}

static int give_maps(const struct call *c, struct prog_object *p, struct engine_prog_info *i)
{
	uint32_t id[2 * USED_MAPS_MAX], n = 0;

	lock(c->e);
	for vec_each(&p->map, m)
		id[n++] = (*m)->o.id;
	unlock(c->e);
	return give(c, i->map_ids, &i->map_count, id, n, sizeof(*id));
}

/* kernel: set_info_rec_size() */
static int check_sizes(struct engine_prog_info *i)
{
	if ((i->func_info_count || i->func_info_size) &&
	    i->func_info_size != sizeof(struct btf_func_info))
		return -EINVAL;
	if ((i->line_info_count || i->line_info_size) &&
	    i->line_info_size != sizeof(struct btf_line_info))
		return -EINVAL;
	if ((i->jited_line_info_count || i->jited_line_info_size) &&
	    i->jited_line_info_size != sizeof(uint64_t))
		return -EINVAL;
	i->func_info_size = sizeof(struct btf_func_info);
	i->line_info_size = sizeof(struct btf_line_info);
	i->jited_line_info_size = sizeof(uint64_t);
	return 0;
}

/* One function is told of, which is all of the program: its code, where it is, how long. */
static int give_native(const struct call *c, struct prog_object *p, struct engine_prog_info *i)
{
	struct vm_code code = vm_prog_code(p->vm);
	uint32_t len = (uint32_t)code.size;
	uint64_t at = engine_ptr(code.at);
	int err = give(c, i->jited, &i->jited_len, code.at, len, 1);

	if (!err)
		err = give(c, i->ksyms, &i->ksym_count, &at, 1, sizeof(at));
	if (!err)
		err = give(c, i->func_lens, &i->func_len_count, &len, 1, sizeof(len));
	return err;
}

static int give_lines(const struct call *c, struct prog_object *p, struct engine_prog_info *i)
{
	const struct btf_line_info *line = p->line_info;
	struct vm_code code = vm_prog_code(p->vm);
	uint32_t n = code.size ? p->line_infos : 0, room = MIN(i->jited_line_info_count, n), k;
	uint64_t at;
	int err = 0;

	i->jited_line_info_count = n;
	for (k = 0; k < room && !err; k++) {
		at = engine_ptr(code.at);
		if (line[k].insn_off) /* the first line is where the function is, way in and all */
			at += vm_prog_code_offset(p->vm, line[k].insn_off);
		err = user_out(c->e, i->jited_line_info + k * sizeof(at), &at, sizeof(at));
	}
	return err;
}

static int give_arrays(const struct call *c, struct prog_object *p, struct engine_prog_info *i)
{
	int err = give(c, i->xlated, &i->xlated_len, p->insn,
		       p->insns * (uint32_t)sizeof(*p->insn), 1);

	if (!err)
		err = give_native(c, p, i);
	i->attach_btf_id = p->attach_btf_id;
	if (p->attach_btf)
		i->attach_btf_obj_id = p->attach_btf->o.id;
	else if (p->dst && p->dst->btf)
		i->attach_btf_obj_id = p->dst->btf->o.id;
	if (!err)
		err = give(c, i->func_info, &i->func_info_count, p->func_info, p->func_infos,
			   sizeof(struct btf_func_info));
	if (!err)
		err = give(c, i->line_info, &i->line_info_count, p->line_info, p->line_infos,
			   sizeof(struct btf_line_info));
	if (!err)
		err = give_lines(c, p, i);
	if (!err)
		err = give(c, i->tags, &i->tag_count, p->digest, 1, ENGINE_TAG);
	return err;
}

int info_of_prog(struct call *c, struct prog_object *p)
{
	struct engine_prog_info i = {0};
	uint32_t len = c->a->info.info_len;
	int err = user_tail_zero(c->e, c->a->info.info,
				 offsetof(struct engine_prog_info, attach_btf_id) + 4, len);

	if (err)
		return err;
	len = MIN(len, (uint32_t)sizeof(i));
	if (user_in(c->e, &i, c->a->info.info, len))
		return -EFAULT;
	i.type = p->type;
	i.id = p->o.id;
	i.load_time = p->load_time;
	i.uid = p->uid;
	i.gpl = p->gpl;
	memcpy(i.tag, p->digest, sizeof(i.tag));
	memcpy(i.name, p->name, sizeof(i.name));
	err = give_maps(c, p, &i);
	if (!err)
		err = check_sizes(&i);
	i.run_time_ns = __atomic_load_n(&p->run_ns, __ATOMIC_RELAXED);
	i.run_cnt = __atomic_load_n(&p->run_cnt, __ATOMIC_RELAXED);
	i.recursion_misses = 0;
	i.verified_insns = p->insns;
	i.btf_id = p->btf ? p->btf->o.id : 0;
	if (!err)
		err = give_arrays(c, p, &i);
	if (!err && user_out(c->e, c->a->info.info, &i, len))
		err = -EFAULT;
	return err ? err : call_answer(c, info.info_len, len);
}
