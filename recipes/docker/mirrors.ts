import { z } from 'zod'
import { plainUrl } from '../../src/recipe/index.js'
import { asOf } from '../../src/recipe/known-table.js'
import { dockerMirrors } from './tables.js'

/**
 * Mirrors of download.docker.com that are well known, down to where `linux` is. Only addresses: what they carry is signed by Docker, and is believed
 * by Docker's pinned key. Sources: docker-install, README, `--mirror` (the first three); the mirrors' own help pages on docker-ce; read 2026-11.
 */
const presets: ReadonlyMap<string, string> = new Map([
  ['aliyun', 'https://mirrors.aliyun.com/docker-ce'],
  ['azure-china', 'https://mirror.azure.cn/docker-ce'],
  ['tencent', 'https://mirrors.cloud.tencent.com/docker-ce'],
  ['huawei', 'https://mirrors.huaweicloud.com/docker-ce'],
  ['tuna', 'https://mirrors.tuna.tsinghua.edu.cn/docker-ce'],
  ['ustc', 'https://mirrors.ustc.edu.cn/docker-ce'],
])

/** An option: the name of a well-known mirror, or the address of a mirror's folder of one distribution. */
export const dockerMirror = z
  .string()
  .superRefine((text, context) => {
    if (presets.has(text)) return
    for (const { message } of plainUrl.safeParse(text).error?.issues ?? [])
      context.addIssue({
        code: 'custom',
        message: /^[\w-]+$/.test(text) ? `is not the name of a mirror or a URL` : message,
      })
  })
  .describe(
    `a mirror of Docker’s repositories: ${[...presets.keys()].join(', ')} (${asOf(dockerMirrors)}), or the address of another, down to its folder for ` +
      'this distribution, as https://download.docker.com/linux/DISTRIBUTION is',
  )

/** What a mirror has of Docker's: all of it for one of the presets. Undefined without a mirror. */
export function mirrorBase(mirror: string | undefined): string | undefined {
  return presets.get(mirror ?? '') ?? mirror?.replace(/\/+$/, '')
}

/** A mirror's folder of one distribution. Undefined without a mirror. */
export function mirrorFolder(mirror: string | undefined, distribution: string): string | undefined {
  const preset = presets.get(mirror ?? '')
  return preset === undefined ? mirrorBase(mirror) : `${preset}/linux/${distribution}`
}
