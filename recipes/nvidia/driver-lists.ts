/**
 * GPUs from Turing to Blackwell that the table of names has and no list of NVIDIA's drivers: products that are newer than those lists, or were
 * never sold. Which driver knows them only a driver can say. Sources: github.com/NVIDIA/open-gpu-kernel-modules, “Compatible GPUs” in the
 * README of all tags from 515.43.04 to 595.45.04 (2026-03, the last that could be read); Debian’s nvidia-detect, its lists of 470 and 550
 * (a unit test looks at these); read 2026-11.
 */
const unlisted = new Set(
  `
1e03 1e2d 1e2e 1e35 1e38 1e3c 1e3d 1e3e 1eab 1eae 1eba 1ebe 1f04 1f2e 1f81 1f92 1f94 1fa1 1fae 1fbf 1fd9 2080 2081 2082 20b4
20b8 20b9 20bb 20be 20bf 20c0 20c2 20fe 20ff 2183 2186 21ae 21bf 21c2 21c3 2200 2205 222b 222f 223f 2302 230c 2313 2328 2337
2338 233d 2343 2345 237e 237f 23b0 23f0 2480 2483 248c 248d 248e 249f 24a4 24ac 24ad 24af 24bf 24c0 24c8 24df 2501 2505 2509
252f 2561 2583 25a3 25a4 25af 25b5 2681 26af 26b7 26bb 26f5 2703 2785 27b7 27fa 2878 2900 2909 290a 2920 2924 2925 293d 2940
297e 2980 29bc 29c0 29f1 2b00 2c09 2e02 2e03 2e06 2e13 2e2a 2f06 3180 3183 3184 31a1 31c0 31c3 31fe 3200 3224 323e 3340
`.split(/\s+/),
)

/** Whether none of NVIDIA’s lists has a GPU that pci.ids knows, by its device id (`2c09`). */
export function isUnlisted(device: string): boolean {
  return unlisted.has(device)
}

/** The first driver whose list has a GPU, where its architecture’s first branch had not. Source: the same lists. */
export const firstListed: Readonly<Record<string, string>> = {
  '230e': '580.82.07',
  '29bb': '580.82.07',
  '2b8c': '580.76.05',
  '2bb2': '580.95.05',
  '2bb5': '575.57.08',
  '2bb9': '580.82.07',
  '2bbc': '580.95.05',
  '2c77': '580.94.10',
  '2d83': '575.64.03',
  '2e12': '580.94.13',
  '3182': '580.82.07',
  '31c2': '580.82.07',
}
