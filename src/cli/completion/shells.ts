/** The shells that completion is for. */
export const shells = ['bash', 'zsh', 'fish'] as const
