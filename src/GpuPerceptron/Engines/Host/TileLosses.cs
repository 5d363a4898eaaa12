using System.Runtime.CompilerServices;
using GpuPerceptron.Engines.Simd;

namespace GpuPerceptron.Engines.Host;

/// <summary>From a tile's logits to its losses, residuals and curvatures.</summary>
internal static unsafe class TileLosses
{
    /// <summary>
    /// Adds a tile's losses and residuals, puts s ∘ ∂ℓ/∂v, times <paramref name="scale"/>, in the place of v, and s ∘ ∂²ℓ/∂v² where it is wanted.
    /// </summary>
    /// <param name="labels">y.</param>
    /// <param name="sampleWeights">s; null where each is 1.</param>
    /// <param name="rows">How many.</param>
    /// <param name="bias">b.</param>
    /// <param name="scale">A power of two.</param>
    /// <param name="logits">v without b, in whole registers, of which the last is filled up with residuals of 0.</param>
    /// <param name="curvatures">Where s ∘ ∂²ℓ/∂v² goes, likewise, filled up with zeros; null where it is not wanted.</param>
    /// <param name="losses">The losses so far.</param>
    /// <param name="residuals">The sum of s ∘ ∂ℓ/∂v so far, lane by lane.</param>
    [MethodImpl(FusedRows.Hot)]
    public static void Add<TLoss, TLanes>(
        byte* labels, float* sampleWeights, int rows, float bias, float scale, float* logits, float* curvatures,
        ref LossSums<TLanes> losses, ref TLanes residuals)
        where TLoss : struct, IRowLoss
        where TLanes : struct, ILanes<TLanes>
    {
        int row = 0;
        for (; row <= rows - TLanes.Count; row += TLanes.Count)
        {
            AddRegister<TLoss, TLanes>(
                labels + row, sampleWeights == null ? null : sampleWeights + row, bias, scale, logits + row,
                curvatures == null ? null : curvatures + row, ref losses, ref residuals);
        }

        if (row < rows)
        {
            AddLast<TLoss, TLanes>(
                labels + row, sampleWeights == null ? null : sampleWeights + row, rows - row, bias, scale, logits + row,
                curvatures == null ? null : curvatures + row, ref losses, ref residuals);
        }
    }

    /// <summary>Adds the losses of as many rows as there are lanes, in registers all the way.</summary>
    /// <param name="logits">v.</param>
    /// <param name="labels">y.</param>
    /// <param name="hasSampleWeights">Whether rows have weights of their own.</param>
    /// <param name="sampleWeights">s, if so.</param>
    /// <param name="losses">The losses so far.</param>
    /// <returns>s ∘ ∂ℓ/∂v.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Residuals<TLoss, TLanes>(
        TLanes logits, TLanes labels, bool hasSampleWeights, TLanes sampleWeights, ref LossSums<TLanes> losses)
        where TLoss : struct, IRowLoss
        where TLanes : struct, ILanes<TLanes> =>
        Residuals<TLoss, TLanes>(TLoss.Begin(logits, labels), hasSampleWeights, sampleWeights, ref losses);

    /// <summary>The same of losses that were begun before.</summary>
    /// <param name="begun">What <see cref="IRowLoss.Begin"/> gave.</param>
    /// <param name="hasSampleWeights">Whether rows have weights of their own.</param>
    /// <param name="sampleWeights">s, if so.</param>
    /// <param name="losses">The losses so far.</param>
    /// <returns>s ∘ ∂ℓ/∂v, times the scale that they were begun with.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Residuals<TLoss, TLanes>(
        (TLanes Sign, TLanes Margins, TLanes Odds) begun, bool hasSampleWeights, TLanes sampleWeights, ref LossSums<TLanes> losses)
        where TLoss : struct, IRowLoss
        where TLanes : struct, ILanes<TLanes>
    {
        var (linear, residual, _) = TLoss.Complete(begun.Sign, begun.Margins, begun.Odds);
        if (!hasSampleWeights)
        {
            losses.Add(linear, begun.Odds);
            return residual;
        }

        losses.AddWeighted(linear, begun.Odds, sampleWeights);
        return VectorMath.Weighted(sampleWeights, residual);
    }

    /// <summary>Those of fewer rows than lanes, of which the others have sample weight 0: so has the residual of what fills a group of rows up.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void AddLast<TLoss, TLanes>(
        byte* labels, float* sampleWeights, int rows, float bias, float scale, float* logits, float* curvatures,
        ref LossSums<TLanes> losses, ref TLanes residuals)
        where TLoss : struct, IRowLoss
        where TLanes : struct, ILanes<TLanes>
    {
        byte* y = stackalloc byte[FusedRows.MaximumLanes];
        float* s = stackalloc float[FusedRows.MaximumLanes];
        for (int i = 0; i < FusedRows.MaximumLanes; i++)
        {
            y[i] = i < rows ? labels[i] : (byte)0;
            s[i] = i >= rows ? 0f : sampleWeights == null ? 1f : sampleWeights[i];
        }

        AddRegister<TLoss, TLanes>(y, s, bias, scale, logits, curvatures, ref losses, ref residuals, isMask: sampleWeights == null);
    }

    /// <summary>Those of as many rows as there are lanes; sample weights may be a mask, each 0 or 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddRegister<TLoss, TLanes>(
        byte* labels, float* sampleWeights, float bias, float scale, float* logits, float* curvatures,
        ref LossSums<TLanes> losses, ref TLanes residuals, bool isMask = false)
        where TLoss : struct, IRowLoss
        where TLanes : struct, ILanes<TLanes>
    {
        var (linear, odds, residual, curvature) = RowLosses.Evaluate<TLoss, TLanes>(
            TLanes.Load(logits) + TLanes.Create(bias), TLanes.LoadBytes(labels), curvatures != null);
        if (sampleWeights == null)
        {
            losses.Add(linear, odds);
        }
        else
        {
            var weight = TLanes.Load(sampleWeights);
            if (isMask) losses.AddSome(linear, odds, weight);
            else losses.AddWeighted(linear, odds, weight);
            residual = VectorMath.Weighted(weight, residual);
            if (curvatures != null) curvature = VectorMath.Weighted(weight, curvature);
        }

        residuals += residual;
        (residual * TLanes.Create(scale)).Store(logits);
        if (curvatures != null) curvature.Store(curvatures);
    }
}
