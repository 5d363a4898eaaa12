using GpuPerceptron.Models;

namespace GpuPerceptron.Metrics;

/// <summary>
/// Samples that are measured in the order in which they come, and at the end by their logits' order. A sample takes 8 bytes, and 4 more with a weight: its label is
/// the last bit of its logit, so that logits one rounding apart count as equal.
/// </summary>
/// <param name="samples">Samples that will come, at least 1.</param>
/// <param name="areWeighted">Whether some weigh other than 1.</param>
internal sealed class ScoredSamples(long samples, bool areWeighted)
{
    private const long LabelBit = 1;

    private readonly double[] _logits = new double[samples]; // of the samples that were added with their labels
    private readonly float[]? _weights = areWeighted ? new float[samples] : null;
    private int _added;
    private double _total, _loss, _brier;
    private double _tp, _fp, _tn, _fn;
    private long _tpCount, _fpCount, _tnCount, _fnCount;

    /// <summary>Room for the logits of the samples that come next.</summary>
    /// <param name="count">How many: as many times <see cref="Add"/> is called then.</param>
    public Span<double> Next(int count) => _logits.AsSpan(_added, count);

    /// <summary>Takes in the next sample, whose logit is there.</summary>
    /// <param name="isPositive">Whether its label is 1.</param>
    /// <param name="weight">s.</param>
    public void Add(bool isPositive, float weight)
    {
        double v = _logits[_added], s = weight, error = PerceptronModel.Sigmoid(v) - (isPositive ? 1 : 0);
        _total += s;
        // −log P(y): log(1 + e⁻ᵐ) with the margin m = ±v, never log(σ).
        double margin = isPositive ? v : -v;
        _loss += s * (Math.Max(-margin, 0) + LogOnePlusExp(-Math.Abs(margin)));
        _brier += s * error * error;
        switch (v >= 0, isPositive)
        {
            case (true, true): _tp += s; _tpCount++; break;
            case (true, false): _fp += s; _fpCount++; break;
            case (false, true): _fn += s; _fnCount++; break;
            default: _tn += s; _tnCount++; break;
        }

        // An infinite one has no bit to spare.
        long bits = BitConverter.DoubleToInt64Bits(Math.Clamp(v, -double.MaxValue, double.MaxValue));
        _logits[_added] = BitConverter.Int64BitsToDouble(isPositive ? bits | LabelBit : bits & ~LabelBit);
        if (_weights is not null) _weights[_added] = weight;
        _added++;
    }

    /// <summary>What comes of all samples.</summary>
    public BinaryMetrics Measure()
    {
        var (rocAuc, prAuc) = AreasUnderCurves();
        return new BinaryMetrics
        {
            Samples = _added,
            LogLoss = _loss / _total,
            Accuracy = (_tp + _tn) / _total,
            RocAuc = rocAuc,
            PrAuc = prAuc,
            Brier = _brier / _total,
            F1 = _tp > 0 ? 2 * _tp / (2 * _tp + _fp + _fn) : 0,
            Precision = _tp > 0 ? _tp / (_tp + _fp) : 0,
            Recall = _tp > 0 ? _tp / (_tp + _fn) : 0,
            Confusion = new Confusion(_tpCount, _fpCount, _tnCount, _fnCount),
        };
    }

    /// <summary>Both curves in one walk from the largest logit down, samples with equal logits taken together.</summary>
    private (double Roc, double PrecisionRecall) AreasUnderCurves()
    {
        if (_weights is null) Array.Sort(_logits);
        else Array.Sort(_logits, _weights);

        double positives = 0, negatives = 0, pairs = 0, precisionArea = 0;
        for (int i = _added - 1; i >= 0;)
        {
            double tiePositives = 0, tieNegatives = 0, logit = LogitAt(i);
            do
            {
                double s = _weights is null ? 1 : _weights[i];
                if ((BitConverter.DoubleToInt64Bits(_logits[i]) & LabelBit) != 0) tiePositives += s;
                else tieNegatives += s;
                i--;
            }
            while (i >= 0 && LogitAt(i) == logit);

            // Every positive so far is above these negatives; within the tie, half of the pairs count.
            pairs += tieNegatives * (positives + 0.5 * tiePositives);
            positives += tiePositives;
            negatives += tieNegatives;
            if (positives + negatives > 0)
                precisionArea += tiePositives * positives / (positives + negatives);
        }

        return (pairs / (positives * negatives), precisionArea / positives);
    }

    private double LogitAt(int place) => BitConverter.Int64BitsToDouble(BitConverter.DoubleToInt64Bits(_logits[place]) & ~LabelBit);

    /// <summary>log(1 + eˣ) for x at most 0, accurate where eˣ is small: log u · e/(u − 1) with u = 1 + e (Goldberg 1991).</summary>
    private static double LogOnePlusExp(double x)
    {
        double e = Math.Exp(x), u = 1 + e;
        return u == 1 ? e : Math.Log(u) * e / (u - 1);
    }
}
