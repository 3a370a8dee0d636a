import { byId } from './element';
import { type Picture, pictureOf } from './picture';

/**
 * The camera: asked for when it is started, off again once a picture is taken.
 *
 * @param onPicture told the picture that was taken
 * @param onTrouble told why there is none
 * @returns turns the camera off
 */
export function cameraSource(
  onPicture: (picture: Picture) => void,
  onTrouble: (message: string) => void,
): { off(): void } {
  const video = byId('camera', HTMLVideoElement);
  const [start, take] = ['camera-start', 'camera-take'].map((id) => byId(id, HTMLButtonElement));
  const inverted = byId('camera-inverted', HTMLInputElement);
  let stream: MediaStream | undefined;

  const off = () => {
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = undefined;
    video.srcObject = null;
    take.disabled = true;
    start.disabled = false;
  };
  start.addEventListener('click', async () => {
    start.disabled = true;
    try {
      if (!navigator.mediaDevices) throw new Error('this page may not use one (it needs https or localhost)');
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
      video.srcObject = stream;
      await video.play();
      take.disabled = false;
    } catch (error) {
      off();
      onTrouble(`No camera: ${error instanceof Error ? error.message : error}`);
    }
  });
  take.addEventListener('click', () => {
    const { videoWidth: width, videoHeight: height } = video;
    const still = Object.assign(document.createElement('canvas'), { width, height });
    still.getContext('2d')?.drawImage(video, 0, 0);
    onPicture(pictureOf(still, 'a picture of your camera', inverted.checked));
    off();
  });
  return { off };
}
