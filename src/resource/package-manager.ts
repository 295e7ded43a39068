import { defineResource, type Resource } from './resource.js'

/** No package installation was left half-way: apt refuses to do anything before it is finished. */
export function packageManager(): Resource {
  return defineResource<{ interrupted: string[] }>({
    id: 'package-manager',
    inspect: `sed -n -e '/^Package: /h' -e '/^Status: .* unpacked$/{g;s/^Package: //p;}' -e '/^Status: .* half-[a-z]*$/{g;s/^Package: //p;}' /var/lib/dpkg/status
for update in /var/lib/dpkg/updates/[0-9]*; do
  if [ -e "$update" ]; then echo 'the last dpkg run' && break; fi
done
`,
    read: ({ text }) => ({ interrupted: text.split('\n').filter((line) => line !== '') }),
    assume: (facts) => ({ interrupted: facts.interrupted ?? [] }),
    plan: ({ interrupted }) =>
      interrupted.length === 0
        ? undefined
        : {
            resource: 'package-manager',
            stage: 'prepare',
            title: 'Finish an interrupted package installation',
            why: `${interrupted.slice(0, 6).join(', ')}${interrupted.length > 6 ? ' …' : ''} was left half-way`,
            details: ['dpkg --configure -a, then apt-get --fix-broken install'],
            script: 'finish_interrupted',
            effects: [],
          },
  })
}
