import { describe, expect, it } from 'vitest'
import { dockerMirror, mirrorBase, mirrorFolder } from '../../../../recipes/docker/mirrors.js'
import { sameDockerRepository } from '../../../../recipes/docker/repository.js'
import { isSame } from '../../../../src/packages/address.js'

describe('a mirror of Docker’s repositories', () => {
  it.each([
    ['tuna', 'ubuntu', 'https://mirrors.tuna.tsinghua.edu.cn/docker-ce/linux/ubuntu'],
    ['aliyun', 'rhel', 'https://mirrors.aliyun.com/docker-ce/linux/rhel'],
    ['https://mirror.lan/debian/', 'debian', 'https://mirror.lan/debian'],
    [undefined, 'debian', undefined],
  ])('%s for %s is %s', (mirror, distribution, folder) => {
    expect(mirrorFolder(mirror, distribution)).toBe(folder)
  })

  it('counts as the same repository, with its publisher’s', () => {
    const same = sameDockerRepository('ustc')
    expect(isSame('https://mirrors.ustc.edu.cn/docker-ce/linux/debian', same)).toBe(true)
    expect(isSame('https://download.docker.com/linux/debian', same)).toBe(true)
    expect(isSame('https://mirrors.ustc.edu.cn/debian', same)).toBe(false)
    expect(mirrorBase('https://mirror.lan/debian/')).toBe('https://mirror.lan/debian')
  })

  it.each([
    ['tsinghua', 'is not the name of a mirror or a URL'],
    ['mirror.lan/docker', 'Invalid URL'],
    ['https://me:secret@mirror.lan/docker', 'name and password'],
    ['https://mirror.lan/docker?a=b', 'letters and digits'],
  ])('%s is refused', (text, words) => {
    const { success, error } = dockerMirror.safeParse(text)
    expect(success).toBe(false)
    expect(error?.issues[0]?.message).toContain(words)
  })

  it('is taken as it was written', () => expect(dockerMirror.parse('azure-china')).toBe('azure-china'))
})
