/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* BTF as objects: BTF_LOAD, and what OBJ_GET_INFO says of it. */
#include "engine/impl.h"

static void btf_object_free(struct btf_object *b)
{
	btf_unref(b->btf);
	mem_free(b->data);
	mem_free(b);
}

void btf_object_end(struct object *o)
{
	btf_object_free(to_btf(o));
}

static int parse(struct call *c, struct btf_object *b)
{
	struct log l;
	uint32_t size = 0;
	struct diag d;
	int err = log_init(&l, c->e, c->a->btf_load.log_level, c->a->btf_load.log_buf,
			   c->a->btf_load.log_size),
	    logged;
	void *data;

	if (!err)
		err = user_dup(c->e, c->a->btf_load.btf, c->a->btf_load.size, &data);
	if (err) {
		str_done(&l.text);
		return err;
	}
	b->data = data;
	b->size = c->a->btf_load.size;
	diag_init(&d, 8);
	err = btf_check_bytes(b->data, b->size, NULL, &d, &b->btf);
	log_diag(&l, &d);
	diag_done(&d);
	if (!err)
		err = btf_index(b->btf);
	logged = log_done(&l, &size);
	if (c->size >= offsetof(union engine_attr, btf_load.log_true_size) + sizeof(size) &&
	    call_answer(c, btf_load.log_true_size, size))
		return -EFAULT;
	return logged ? logged : err;
}

int command_btf_load(struct call *c)
{
	struct btf_object *b;
	int err, fd;

	if (c->a->btf_load.flags & ~ABI_F_MAP_TOKEN_FD)
		return -EINVAL;
	if (c->a->btf_load.flags & ABI_F_MAP_TOKEN_FD)
		return no_token(c->a->btf_load.token_fd);
	if (c->a->btf_load.size > BTF_SIZE_MAX)
		return -E2BIG;
	b = mem_alloc(sizeof(*b));
	if (!b)
		return -ENOMEM;
	err = parse(c, b);
	if (!err)
		err = object_add(c->e, &b->o, ENGINE_BTF);
	if (err) {
		btf_object_free(b);
		return err;
	}
	fd = handle_new(c->e, &b->o, MAP_MAY_ALL);
	object_put(&b->o);
	return fd;
}

/* A name that is too long is cut, and that is said. */
static int give_name(struct call *c, const char *name, uint64_t to, uint32_t room)
{
	size_t n = strlen(name) + 1;

	if (!to != !room)
		return -EINVAL;
	if (!to)
		return 0;
	if (room >= n)
		return user_out(c->e, to, name, n);
	if (user_out(c->e, to, name, room - 1) || user_out(c->e, to + room - 1, "", 1))
		return -EFAULT;
	return -ENOSPC;
}

int info_of_btf(struct call *c, struct btf_object *b)
{
	struct engine_btf_info i = {0};
	uint32_t len = MIN(c->a->info.info_len, (uint32_t)sizeof(i)), room;
	const void *data = b->data;
	size_t n = b->size;
	int err = user_tail_zero(c->e, c->a->info.info, sizeof(i), c->a->info.info_len);

	if (err)
		return err;
	if (user_in(c->e, &i, c->a->info.info, len))
		return -EFAULT;
	if (!data)
		data = btf_bytes(b->btf, &n);
	i.id = b->o.id;
	if (user_out(c->e, i.btf, data, MIN(n, i.size)))
		return -EFAULT;
	i.size = (uint32_t)n;
	i.kernel = b->kernel;
	room = i.name_len;
	i.name_len = (uint32_t)strlen(b->name);
	err = give_name(c, b->name, i.name, room);
	if (err && err != -ENOSPC)
		return err;
	if (user_out(c->e, c->a->info.info, &i, len) || call_answer(c, info.info_len, len))
		return -EFAULT;
	return err;
}
