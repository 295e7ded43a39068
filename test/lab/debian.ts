import { run } from './command.js'

/** Where this machine gets Debian from. */
export interface DebianSource {
  archive: string
  security: string
}

/**
 * Ask apt for the Debian source that this machine is set up with, so that the lab uses the same one. Elsewhere (on an
 * Ubuntu machine, say) FITOUT_LAB_DEBIAN names an archive, and FITOUT_LAB_DEBIAN_SECURITY its security archive.
 */
export async function debianSource(): Promise<DebianSource> {
  const given = process.env.FITOUT_LAB_DEBIAN?.replace(/\/+$/, '')
  const archive = given ?? (await configured()).find((url) => url.endsWith('/debian'))
  if (!archive) {
    throw new Error('apt has no Debian source here: set FITOUT_LAB_DEBIAN to the URL of a Debian archive')
  }
  const security = given
    ? process.env.FITOUT_LAB_DEBIAN_SECURITY?.replace(/\/+$/, '')
    : (await configured()).find((url) => url.endsWith('/debian-security'))
  return { archive, security: security ?? `${archive}-security` }
}

async function configured(): Promise<string[]> {
  const { stdout } = await run('apt-get', ['indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages'])
  return stdout.split('\n').map((url) => url.replace(/\/+$/, ''))
}

/**
 * The proxy that apt uses here, as a guest has to write it: a proxy on this machine's loopback is 10.0.2.2 there.
 * Undefined when there is none.
 */
export async function guestProxy(): Promise<string | undefined> {
  const { stdout } = await run('apt-config', ['dump', '--format', '%v%n', 'Acquire::http::Proxy'])
  const proxy = stdout.trim().split('\n')[0] || process.env.http_proxy
  return proxy?.replace(/\/\/(localhost|127\.0\.0\.1)(?=[:/]|$)/, '//10.0.2.2')
}
