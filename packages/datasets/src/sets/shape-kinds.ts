/** Whether a point, in units of the shape's radius with its centre at 0, lies inside. */
type Inside = (u: number, v: number) => boolean;

const round = (u: number, v: number, radius: number) => u * u + v * v <= radius * radius;
const far = (u: number, v: number) => Math.max(Math.abs(u), Math.abs(v));
const near = (u: number, v: number) => Math.min(Math.abs(u), Math.abs(v));

/** A fifth of a turn, and how far out the corners between the tips of a star lie. */
const fifth = (2 * Math.PI) / 5;
const inner = 0.4;

/** In a fifth of a star, folded at its tip `(1, 0)`: on the near side of the line from there to the corner. */
const star: Inside = (u, v) => {
  const turned = Math.atan2(v, u) / fifth;
  const angle = Math.abs(turned - Math.round(turned)) * fifth;
  const radius = Math.hypot(u, v);
  const [across, along] = [radius * Math.sin(angle), 1 - radius * Math.cos(angle)];
  const [cornerAcross, cornerAlong] = [inner * Math.sin(fifth / 2), 1 - inner * Math.cos(fifth / 2)];
  return across * cornerAlong <= along * cornerAcross;
};

/** The shapes of `shapes`, in the order of their labels, each within a circle of radius 1. None is another one turned. */
export const shapeKinds: Readonly<Record<string, Inside>> = {
  disc: (u, v) => round(u, v, 0.8),
  square: (u, v) => far(u, v) <= 0.7,
  triangle: (u, v) => v >= -0.5 && Math.sqrt(3) * Math.abs(u) + v <= 1,
  cross: (u, v) => near(u, v) <= 0.27 && far(u, v) <= 0.9,
  ring: (u, v) => round(u, v, 0.9) && !round(u, v, 0.55),
  star,
  frame: (u, v) => far(u, v) <= 0.7 && far(u, v) >= 0.4,
  bar: (u, v) => Math.abs(u) <= 0.95 && Math.abs(v) <= 0.3,
  crescent: (u, v) => round(u, v, 0.95) && !round(u - 0.4, v, 0.8),
  half: (u, v) => round(u, v - 0.38, 0.9) && v <= 0.38,
};
