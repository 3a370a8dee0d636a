#!/bin/sh
#SBATCH --job-name=agoge-evaluate
#SBATCH --array=1-4
#SBATCH --cpus-per-task=2
#SBATCH --mem=4G
#SBATCH --time=04:00:00
#SBATCH --requeue
#
# An evaluation in as many parts as the array has tasks: WORK=/shared/runs/at sbatch slurm-array.sh
# A task that is requeued goes on from the state beside its result. Once all are done:
#   agoge merge "$WORK"/result-*.json --out "$WORK/result.json" --report
set -eu

exec agoge evaluate --model "$WORK/model" --data digits --eps 0.1 --attack pgd,apgd --batch 32 --seed 0 \
  --shard "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT" --out "$WORK/result-$SLURM_ARRAY_TASK_ID.json" --resume
