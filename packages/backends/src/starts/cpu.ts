import { activate, type Start } from './start';

export const cpu: Start = async () => {
  await import('@tensorflow/tfjs-backend-cpu');
  await activate('cpu');
  return { form: 'cpu (plain JavaScript)' };
};
