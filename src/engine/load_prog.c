/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The loader: programs. One that is refused is given to the engine once more with a log, which grows
 * until all of it is there, and becomes part of the report.
 */
#include "engine/loader.h"

/* ---- what it goes to ---- */

/* The id of a function in a loaded program's types. */
static int function_of(struct loader *l, int prog_fd, const char *name, uint32_t *ret_id)
{
	struct engine_prog_info i = {0};
	struct engine_btf_info b = {0};
	struct btf *btf = NULL;
	void *data = NULL;
	int err = engine_info(l->e, prog_fd, &i, sizeof(i)), fd = -1;

	if (!err)
		err = fd = engine_open_id(l->e, ENGINE_BTF, i.btf_id);
	if (fd >= 0)
		err = engine_info(l->e, fd, &b, sizeof(b));
	if (!err) {
		data = mem_alloc(b.size);
		b = (struct engine_btf_info){.btf = engine_ptr(data), .size = b.size};
		err = data ? engine_info(l->e, fd, &b, sizeof(b)) : -ENOMEM;
	}
	if (!err)
		err = btf_read(data, b.size, NULL, l->d, &btf);
	if (!err) {
		*ret_id = btf_find(btf, name, BTF_BIT(FUNC));
		err = *ret_id ? 0 : -ENOENT;
	}
	btf_unref(btf);
	mem_free(data);
	engine_close(l->e, fd);
	return err;
}

static const struct engine_load_prog *asked(const struct loader *l, const struct obj_prog *p)
{
	size_t i;

	for (i = 0; i < l->o->progs; i++)
		if (!strcmp(l->o->prog[i].name, p->name) || !strcmp(l->o->prog[i].name, p->section))
			return &l->o->prog[i];
	return NULL;
}

static int set_target(struct loader *l, const struct obj_prog *p, struct engine_prog_options *o)
{
	const struct engine_load_prog *a = asked(l, p);
	const char *name = a && a->attach_to ? a->attach_to : p->target;
	int err;

	o->attach_btf_id = p->attach_btf;
	if (p->attach_module)
		o->attach_fd = l->module_fd.at[p->attach_module - 1];
	if (!a || a->attach_fd <= 0)
		return 0;
	o->attach_fd = a->attach_fd;
	err = name ? function_of(l, a->attach_fd, name, &o->attach_btf_id) : -EINVAL;
	if (err)
		diag_error(l->d, "load.target", diag_file(l->obj->path),
			   "program '%s': the program it goes to has no function '%s'", p->name,
			   name ? name : "");
	return err;
}

/* ---- loading ---- */

/* The end of a long log says what was wrong. */
static void report(struct loader *l, const struct obj_prog *p, int err, const char *log)
{
	size_t n = log ? strlen(log) : 0, cut = n > LOAD_LOG_SHOWN ? n - LOAD_LOG_SHOWN : 0;
	uint32_t i;

	while (n && log[n - 1] == '\n')
		n--;
	diag_error(l->d, "load.prog", diag_file(l->obj->path), "program '%s' was not loaded: %s", p->name,
		   engine_strerror(err));
	if (n)
		diag_note(l->d, DIAG_NONE, "%s%.*s", cut ? "..." : "", (int)(n - cut), log + cut);
	for (i = 0; i < p->n_poisons && i < 8; i++)
		diag_note(l->d, diag_pc(p->name, p->poison[i].insn), "%s", p->poison[i].text);
}

/* With a log that has room for all; the descriptor, or what was wrong. */
static int load_logged(struct loader *l, struct engine_prog_options *o, char **ret_log)
{
	char *log = NULL;
	uint32_t size;
	int fd = -ENOMEM;

	o->log_level = MAX(l->o->log_level, 1u);
	for (size = LOAD_LOG; size <= LOAD_LOG_MAX; size *= 4) {
		mem_free(log);
		log = mem_alloc(size);
		if (!log)
			return -ENOMEM;
		o->log = log;
		o->log_size = size;
		fd = engine_prog_load(l->e, o);
		if (fd != -ENOSPC)
			break;
	}
	*ret_log = log;
	return fd;
}

static int load_one(struct loader *l, const struct obj_prog *p, struct engine_loaded_prog *to)
{
	struct engine_prog_options o = {.name = l->e->kernel < ABI_KERNEL(4, 15) ? NULL : p->name,
					.license = l->obj->license,
					.type = p->type,
					.attach = p->attach == ABI_ATTACH_NONE ? 0 : p->attach,
					.flags = p->flags,
					.ifindex = l->o->ifindex,
					.kern_version = l->obj->version,
					.insn = to->insn,
					.insns = p->n_code};
	int err = set_target(l, p, &o), fds[64], i;

	if (p->type == ABI_PROG_STRUCT_OPS && p->ops_map >= 0)
		o.attach = p->ops_member; /* there it is the member's number */

	if (err)
		return err;
	if (l->to->btf_fd >= 0 && p->code_func.n) {
		o.btf_fd = l->to->btf_fd;
		o.func_info = p->code_func.at;
		o.func_infos = p->code_func.n;
		o.func_info_size = p->code_func.size;
		o.line_info = p->code_line.at;
		o.line_infos = p->code_line.n;
		o.line_info_size = p->code_line.size;
	}
	if (l->module_fd.n) { /* kfuncs name modules by their place in it, from 1 */
		if (l->module_fd.n >= ARRAY_LEN(fds))
			return -E2BIG;
		fds[0] = 0;
		for (i = 0; i < (int)l->module_fd.n; i++)
			fds[i + 1] = l->module_fd.at[i];
		o.fd_array = fds;
	}
	to->fd = l->o->log_level ? load_logged(l, &o, &to->log) : engine_prog_load(l->e, &o);
	if (to->fd < 0 && !to->log) {
		int again = load_logged(l, &o, &to->log);

		to->fd = again < 0 && again != -ENOMEM ? again : to->fd;
		if (again >= 0)
			to->fd = again;
	}
	if (to->fd < 0)
		report(l, p, to->fd, to->log);
	return to->fd < 0 ? to->fd : 0;
}

static int take(struct loader *l, const struct obj_prog *p, struct engine_loaded_prog *to)
{
	to->type = p->type;
	to->attach = p->attach;
	to->insns = p->n_code;
	to->name = load_strdup(p->name);
	to->section = load_strdup(p->section);
	if (!to->name || !to->section)
		return -ENOMEM;
	if (p->func || !p->load || !p->code)
		return 0;
	to->insn = mem_alloc_array(p->n_code, sizeof(*to->insn));
	if (!to->insn)
		return -ENOMEM;
	obj_prog_code(p, l->map_fd.at, l->module_fd.at, to->insn);
	return load_one(l, p, to);
}

int load_programs(struct loader *l)
{
	int err = vec_reserve(&l->to->prog, l->obj->prog.n);

	for vec_each(&l->obj->prog, p) {
		struct engine_loaded_prog to = {.fd = -1};

		if (err)
			return err;
		err = take(l, p, &to);
		if (to.fd < 0)
			to.fd = -1;
		vec_push(&l->to->prog, to);
	}
	return err;
}
