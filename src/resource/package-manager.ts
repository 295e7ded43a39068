import { defineResource, type Resource } from './resource.js'

/** No package installation was left half-way: apt refuses to do anything before it is finished. The facts tell. */
export function packageManager(): Resource {
  return defineResource<{ interrupted: string[] }>({
    id: 'package-manager',
    inspect: '',
    read: () => ({ interrupted: [] }),
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
