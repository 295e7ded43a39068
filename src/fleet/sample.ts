/** What the JSON Schema is called that lies beside a fleet file. */
export const schemaFileName = 'fitout.schema.json'

/**
 * The fleet file that `fitout init` writes: nothing in it holds yet. Lines that begin with `#` and no space, or with several,
 * become part of the file when the `#` is taken away; a test reads it so.
 */
export const sample = `# yaml-language-server: $schema=./${schemaFileName}
#
# Hosts for fitout. Take the # away from what you need; the values are examples.
# What counts: the command line, then the host, its groups, the defaults.
#
# - fitout hosts: which hosts there are
# - fitout hosts NAME: what holds for one, and where it is written
# - fitout plan all: what would change on all of them

# Recipes of your own: modules, or folders of them. Their code is run.
#recipeFiles: [recipes/]

# For every host of this file.
#defaults:
# Who logs in, and how; what is absent is left to ~/.ssh/config.
#  ssh: { user: ops, port: 22 }
# Never a password itself: prompt (asked for once), { env: NAME },
# { file: PATH } or { command: [PROGRAM, ARGUMENT] }.
#  sudoPassword: prompt
# Recipes that are left out; there are also add and only. See fitout recipes.
#  recipes: { skip: [hello-world] }
# How apply goes through the fleet: a canary, a tenth, all the rest.
#  run: { waves: [1, 10%, 100%], maxFailures: 5% }
# Options, as with --set recipe.option=value.
#  set:
#    docker-daemon:
#      config: { log-driver: local }

# What several hosts share. Of two groups that differ, the later one counts.
#groups:
#  gpu:
#    set:
#      docker-engine: { version: ^28 }
#  behind-gate:
#    ssh: { proxyJump: gate.example.com, identityFile: ~/.ssh/lab }

# Names may have ranges: this is gpu-01.lab, gpu-02.lab and so on.
hosts:
#  gpu-[01-16].lab:
#    groups: [behind-gate, gpu]
#    ssh: { address: "10.0.0.[1-16]" }
# Once more, for what is different about one of them.
#  gpu-07.lab:
#    ssh: { port: 2222 }
#  web1.example.com:
#    recipes: [docker-engine, docker-group]
#    set:
#      docker-group: { users: [ada, grace] }
`
