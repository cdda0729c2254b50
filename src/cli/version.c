/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* skep version: what this build is. */
#include "cli/cli.h"
#include "skep.h"

static int run(const struct opt_args *a)
{
	struct cli *c = cli_of(a);
	struct out o;

	cli_out_init(c, &o);
	out_object_as(&o, NULL, c->verbose ? NULL : "skep {version}");
	out_str(&o, "version", skep_version());
	out_str(&o, "arch", SKEP_ARCH);
	out_str(&o, "compiler", SKEP_COMPILER);
	out_str(&o, "variant", SKEP_VARIANT);
	out_end(&o);
	return cli_out_done(c, &o, CLI_OK);
}

static const struct opt_example examples[] = {
	{"skep version -v", "with the compiler and the kind of build"},
	{0},
};

const struct opt_command cmd_version = {
	.name = "version",
	.summary = "show the version and how it was built",
	.examples = examples,
	.run = run,
};
