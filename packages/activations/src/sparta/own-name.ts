/** A weight's name within its layer: `conv1.kernel` of `sparta/stage1/conv1.kernel`. */
export const ownName = (name: string): string => name.slice(name.lastIndexOf('/') + 1);
