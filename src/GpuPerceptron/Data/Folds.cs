using GpuPerceptron.Kernels;

namespace GpuPerceptron.Data;

/// <summary>Parts of a dataset of nearly the same size, each with nearly the same share of positives.</summary>
internal static class Folds
{
    /// <summary>Folds at most.</summary>
    public const int Most = ushort.MaxValue;

    /// <summary>Each sample's fold: within a label, folds take turns in a random order.</summary>
    /// <param name="dataset">The samples.</param>
    /// <param name="folds">From 1 to <see cref="Most"/>.</param>
    /// <param name="seed">Of the order.</param>
    public static ushort[] Assign(Dataset dataset, int folds, ulong seed)
    {
        ushort[] result = new ushort[dataset.Samples];
        var positives = new RowOrder(Math.Max(1, dataset.Positives), runRows: 1, seed, epoch: 0);
        var negatives = new RowOrder(Math.Max(1, dataset.Samples - dataset.Positives), runRows: 1, ~seed, epoch: 0);
        long seenPositives = 0, seenNegatives = 0, place = 0;
        foreach (var block in dataset.ReadLabels())
        {
            foreach (byte label in block.Labels)
            {
                // From the last fold down for negatives, so that the odd samples of both labels do not meet in the first fold.
                result[place++] = (ushort)(label != 0
                    ? positives.RowAt(seenPositives++) % folds
                    : folds - 1 - negatives.RowAt(seenNegatives++) % folds);
            }
        }

        return result;
    }

    /// <summary>The places of a fold's samples, ascending.</summary>
    public static long[] Members(ushort[] folds, int fold)
    {
        var places = new List<long>();
        for (int i = 0; i < folds.Length; i++)
        {
            if (folds[i] == fold) places.Add(i);
        }

        return [.. places];
    }
}
