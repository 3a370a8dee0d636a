export function bundledCommand(name: string): Promise<string>;
