using System.Numerics;
using GpuPerceptron.Data;

namespace GpuPerceptron.Diagnostics.Gradients;

/// <summary>
/// The gradient of F(w, b) = (1/Σs) Σ s ℓ(y, w·x + b) + λ₂/2 ‖w‖² without a formula for it: from values of F alone, in
/// float64. Written to be read, not to be fast.
/// </summary>
internal sealed class ReferenceGradient
{
    private const double ComplexStepSize = 1e-20;

    private readonly double[][] _columns; // X̃ by columns, the last one of ones
    private readonly double[] _labels, _sampleWeights, _parameters, _logits;
    private readonly double _totalWeight, _l2;

    /// <param name="dataset">X, y, s.</param>
    /// <param name="parameters">θ.</param>
    /// <param name="l2">λ₂.</param>
    public ReferenceGradient(Dataset dataset, double[] parameters, double l2)
    {
        int samples = checked((int)dataset.Samples);
        _columns = [.. Enumerable.Range(0, dataset.Features + 1).Select(_ => new double[samples])];
        _labels = new double[samples];
        _sampleWeights = new double[samples];
        _logits = new double[samples];
        (_parameters, _l2, _totalWeight) = (parameters, l2, dataset.TotalWeight);
        int i = 0;
        foreach (var block in dataset.Read())
        {
            for (int row = 0; row < block.Rows; row++, i++)
            {
                var x = block.Row(row);
                for (int j = 0; j < x.Length; j++)
                    _columns[j][i] = x[j];
                _columns[^1][i] = 1;
                _labels[i] = block.Labels[row];
                _sampleWeights[i] = block.HasSampleWeights ? block.SampleWeights[row] : 1;
            }
        }

        for (int j = 0; j < _columns.Length; j++)
        {
            for (i = 0; i < samples; i++)
                _logits[i] += parameters[j] * _columns[j][i];
        }
    }

    /// <summary>(F(θ + h eⱼ) − F(θ − h eⱼ)) / 2h, whose error is of the order h² and ε/h: least at h ∝ ∛ε.</summary>
    public double[] CentralDifferences() => Coordinates(j =>
    {
        double size = Math.Sqrt(_columns[j].Sum(x => x * x) / _labels.Length);
        double step = Math.Cbrt(Math.BitIncrement(1.0) - 1) / (size > 0 ? size : 1);
        return (Objective(j, step).Real - Objective(j, -step).Real) / (2 * step);
    });

    /// <summary>
    /// Im F(θ + ih eⱼ) / h: F is analytic, so that the error is of the order h², and nothing cancels however small h is
    /// (Squire and Trapp 1998).
    /// </summary>
    public double[] ComplexSteps() => Coordinates(j =>
    {
        double size = Math.Sqrt(_columns[j].Sum(x => x * x) / _labels.Length);
        double step = ComplexStepSize / (size > 0 ? size : 1);
        return Objective(j, new Complex(0, step)).Imaginary / step;
    });

    /// <summary>The size of the terms that each coordinate is summed from: (1/Σs) Σ s |z − y| |x| + λ₂ |w|.</summary>
    public double[] Magnitudes() => Coordinates(j =>
    {
        double sum = 0;
        for (int i = 0; i < _labels.Length; i++)
            sum += _sampleWeights[i] * Math.Abs(new SampleState(i, _labels[i], _logits[i], 0).Residual * _columns[j][i]);
        return sum / _totalWeight + (j < _columns.Length - 1 ? _l2 * Math.Abs(_parameters[j]) : 0);
    });

    /// <summary>F(θ + δ eⱼ), for a real or a complex δ.</summary>
    private Complex Objective(int j, Complex step)
    {
        Complex loss = 0, squares = 0;
        for (int i = 0; i < _labels.Length; i++)
        {
            var logit = _logits[i] + step * _columns[j][i];
            loss += _sampleWeights[i] * Softplus(_labels[i] == 1 ? -logit : logit);
        }

        for (int k = 0; k < _columns.Length - 1; k++)
        {
            var weight = k == j ? _parameters[k] + step : _parameters[k];
            squares += weight * weight;
        }

        return loss / _totalWeight + _l2 / 2 * squares;
    }

    /// <summary>log(1 + eᵛ) = v⁺ + log(1 + e^(−|v|)), the sign taken of the real part, so that neither part overflows.</summary>
    private static Complex Softplus(Complex v) =>
        v.Real > 0 ? v + Complex.Log(1 + Complex.Exp(-v)) : Complex.Log(1 + Complex.Exp(v));

    private double[] Coordinates(Func<int, double> coordinate)
    {
        double[] result = new double[_columns.Length];
        Parallel.For(0, result.Length, j => result[j] = coordinate(j));
        return result;
    }
}
