"""PyTorch as a contestant with attacks: loops as published code runs them, eager, in the l-infinity ball and in [0, 1].

Speaks as pytorch_steps.py does. A case of kind "attack" names a network, a batch size, an attack with its steps (of Square its
queries) and how many classes are gone for. The ball is too small to break anything, and the labels are what the network says, so
that every loop makes all its passes. FAB is not among them.

F. Croce and M. Hein, Reliable evaluation of adversarial robustness with an ensemble of diverse parameter-free attacks (ICML 2020).
M. Andriushchenko et al., Square Attack: a query-efficient black-box adversarial attack via random search (ECCV 2020).
"""

import torch
import torch.nn.functional as F

from pytorch_steps import NETWORKS, main
from pytorch_training import Trainer, ascend

EPS = 1e-6


def inside(moved, x, eps):
    return torch.min(torch.max(moved, x - eps), x + eps).clamp(0, 1)


def cross_entropy(logits, y):
    return F.cross_entropy(logits, y, reduction="none")


def towards(target):
    """The difference of logits ratio of a target over the label."""

    def loss(logits, y):
        ordered = logits.sort(1)[0]
        spread = ordered[:, -1] - (ordered[:, -3] + ordered[:, -4]) / 2
        rows = torch.arange(len(y), device=y.device)
        return (logits[rows, target] - logits[rows, y]) / (spread + 1e-12)

    return loss


def pgd(model, x, y, steps):
    start = inside(x + torch.empty_like(x).uniform_(-EPS, EPS), x, EPS)
    moved = ascend(model, x, start, lambda logits: cross_entropy(logits, y).sum(), EPS, steps, EPS / 4)
    with torch.no_grad():
        model(moved)
    return moved


def apgd(model, x, y, steps, loss_of=cross_entropy):
    """Auto-PGD: momentum, and a step size that is halved where a window of steps gained too little."""

    def seen(at):
        at = at.detach().requires_grad_(True)
        logits = model(at)
        loss = loss_of(logits, y)
        return logits.detach(), loss.detach(), torch.autograd.grad(loss.sum(), at)[0]

    window, shortest, less = max(int(0.22 * steps), 1), max(int(0.06 * steps), 1), max(int(0.03 * steps), 1)
    noise = 2 * torch.rand_like(x) - 1
    moved = inside(x + EPS * noise / noise.abs().flatten(1).amax(1).view(-1, 1, 1, 1), x, EPS)
    logits, loss, gradient = seen(moved)
    broken = logits.argmax(1) != y
    found = moved.clone()
    best, best_loss, best_gradient = moved.clone(), loss.clone(), gradient.clone()
    size = torch.full((len(x), 1, 1, 1), 2 * EPS, device=x.device)
    before, since = moved.clone(), 0
    gains = torch.zeros(len(x), device=x.device)
    last_loss, last_best = loss.clone(), best_loss.clone()
    was_halved = torch.ones(len(x), dtype=torch.bool, device=x.device)
    for step in range(steps):
        share = 0.75 if step else 1.0
        ascended = inside(moved + size * gradient.sign(), x, EPS)
        following = inside(moved + share * (ascended - moved) + (1 - share) * (moved - before), x, EPS)
        before, moved = moved, following
        logits, loss, gradient = seen(moved)
        fooled = logits.argmax(1) != y
        found[fooled] = moved[fooled]
        broken |= fooled
        gains += loss > last_loss
        last_loss = loss
        better = loss > best_loss
        best[better], best_gradient[better] = moved[better], gradient[better]
        best_loss = torch.max(best_loss, loss)
        since += 1
        if since < window:
            continue
        halved = (gains <= 0.75 * since) | (~was_halved & (best_loss <= last_best))
        size[halved] /= 2
        moved[halved], gradient[halved] = best[halved], best_gradient[halved]
        was_halved, last_best = halved, best_loss.clone()
        window, since = max(window - less, shortest), 0
        gains.zero_()
    found[~broken] = best[~broken]
    return found


def apgd_targeted(model, x, y, steps, targets):
    with torch.no_grad():
        ranked = model(x).argsort(1, descending=True)
    for rank in range(1, targets + 1):
        found = apgd(model, x, y, steps, towards(ranked[:, rank]))
    return found


def square(model, x, y, queries):
    """Stripes first, then squares that shrink, each kept where the margin falls."""
    _, channels, height, width = x.shape

    @torch.no_grad()
    def margin(at, labels):
        logits = model(at)
        label = logits.gather(1, labels[:, None])[:, 0]
        return label - logits.scatter(1, labels[:, None], -torch.inf).amax(1)

    def signs(*shape):
        return 2.0 * torch.randint(0, 2, shape, device=x.device) - 1

    best = inside(x + EPS * signs(len(x), channels, 1, width), x, EPS)
    least = margin(best, y)
    for query in range(queries):
        halvings = sum(query > edge for edge in (10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000))
        side = max(round((0.8 / 2**halvings * height * width) ** 0.5), 1)
        open_ones = (least > 0).nonzero()[:, 0]
        if len(open_ones) == 0:
            break
        delta = best[open_ones] - x[open_ones]
        for i in range(len(open_ones)):
            row = int(torch.randint(0, height - side + 1, ()))
            column = int(torch.randint(0, width - side + 1, ()))
            delta[i, :, row : row + side, column : column + side] = EPS * signs(channels, 1, 1)
        tried = inside(x[open_ones] + delta, x[open_ones], EPS)
        found = margin(tried, y[open_ones])
        better = (found < least[open_ones]) | (found <= 0)
        kept = open_ones[better]
        best[kept], least[kept] = tried[better], found[better]
    return best


class Attacker(Trainer):
    def prepare(self, asked):
        if asked["kind"] != "attack":
            return super().prepare(asked)
        model = self.network(asked["network"], asked.get("width")).eval()
        for each in model.parameters():
            each.requires_grad_(False)
        x = torch.rand(asked["batch"], *NETWORKS[asked["network"]][1], device=self.device)
        with torch.no_grad():
            y = model(x).argmax(1)
        steps = asked["steps"]
        attacks = {
            "pgd": lambda: pgd(model, x, y, steps),
            "apgd": lambda: apgd(model, x, y, steps),
            "apgdTargeted": lambda: apgd_targeted(model, x, y, steps, asked["targets"]),
            "square": lambda: square(model, x, y, steps),
        }
        run = attacks[asked["attack"]]

        def call():
            run().cpu().numpy()

        return (lambda: None), call


if __name__ == "__main__":
    main(Attacker)
