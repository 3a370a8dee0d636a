import { type Start, Unavailable } from './start';

export const webgl: Start = async () => {
  throw new Unavailable('this version does not start it');
};
