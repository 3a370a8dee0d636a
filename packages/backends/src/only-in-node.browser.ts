import { type Start, Unavailable } from './starts/start';

export const tensorflow: Start = async () => {
  throw new Unavailable('it runs in Node only');
};
