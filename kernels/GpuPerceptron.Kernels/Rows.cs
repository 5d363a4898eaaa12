using ILGPU;

namespace GpuPerceptron.Kernels;

/// <summary>
/// The rows that a team of lanes takes at a time, each lane its share of each: 1, 2, 4, … of them, all loaded before any is
/// used, so that several are on their way from memory at once.
/// </summary>
/// <remarks>
/// The team's lanes split the rows among themselves for what comes between the two products: of lanes that hold all rows'
/// parts of inner products, half keep the first half of the rows and half the other, each handing over what it does not
/// keep. So k rows take k − 1 shuffles and no more to meet, each lane evaluates one row's loss and not all of them, and
/// k − 1 shuffles hand the residuals out again.
/// </remarks>
/// <typeparam name="TSelf">The implementing struct.</typeparam>
/// <typeparam name="TChunk">A lane's share of a row.</typeparam>
public interface IRows<TSelf, TChunk>
    where TSelf : unmanaged, IRows<TSelf, TChunk>
    where TChunk : unmanaged, IChunk<TChunk>
{
    /// <summary>Rows, a power of two.</summary>
    int Count { get; }

    /// <summary>Loads them. Past the last row that one is loaded again.</summary>
    /// <param name="pass">Whose X.</param>
    /// <param name="first">The first.</param>
    /// <param name="stride">Rows from one to the next.</param>
    /// <param name="packet">The lane's first packet, its place in the team.</param>
    /// <param name="lanes">Lanes a team.</param>
    TSelf Load(PassArguments pass, long first, int stride, int packet, int lanes);

    /// <summary>
    /// Of row packet / (lanes / Count) the inner product with the weights, in lanes / Count parts: a lane's part.
    /// </summary>
    /// <param name="weights">The lane's share of the weights.</param>
    /// <param name="packet">The lane's place in the team.</param>
    /// <param name="lanes">Lanes a team, at least <see cref="Count"/>.</param>
    float Dot(TChunk weights, int packet, int lanes);

    /// <summary>The gradient plus each row times its residual.</summary>
    /// <param name="gradient">The lane's share of the gradient.</param>
    /// <param name="residual">That of the row whose inner product the lane was given.</param>
    /// <param name="packet">The lane's place in the team.</param>
    /// <param name="lanes">Lanes a team.</param>
    TChunk AddScaledTo(TChunk gradient, float residual, int packet, int lanes);
}

/// <summary>A row.</summary>
/// <typeparam name="TChunk">A lane's share of it.</typeparam>
public struct Row<TChunk> : IRows<Row<TChunk>, TChunk>
    where TChunk : unmanaged, IChunk<TChunk>
{
    private TChunk _x;

    /// <inheritdoc/>
    public readonly int Count => 1;

    /// <inheritdoc/>
    public readonly Row<TChunk> Load(PassArguments pass, long first, int stride, int packet, int lanes)
    {
        Row<TChunk> result;
        result._x = default(TChunk).Load(
            pass.Row(IntrinsicMath.Min(first, pass.Rows - 1)), packet, lanes, pass.Packets - 1);
        return result;
    }

    /// <inheritdoc/>
    public readonly float Dot(TChunk weights, int packet, int lanes) => _x.Dot(weights);

    /// <inheritdoc/>
    public readonly TChunk AddScaledTo(TChunk gradient, float residual, int packet, int lanes) =>
        gradient.AddScaled(residual, _x);
}

/// <summary>Twice as many rows.</summary>
/// <typeparam name="TRows">Half of them.</typeparam>
/// <typeparam name="TChunk">A lane's share of a row.</typeparam>
public struct RowPair<TRows, TChunk> : IRows<RowPair<TRows, TChunk>, TChunk>
    where TRows : unmanaged, IRows<TRows, TChunk>
    where TChunk : unmanaged, IChunk<TChunk>
{
    private TRows _lower;
    private TRows _upper;

    /// <inheritdoc/>
    public readonly int Count => 2 * default(TRows).Count;

    /// <inheritdoc/>
    public readonly RowPair<TRows, TChunk> Load(PassArguments pass, long first, int stride, int packet, int lanes)
    {
        RowPair<TRows, TChunk> result;
        result._lower = default(TRows).Load(pass, first, stride, packet, lanes);
        result._upper = default(TRows).Load(pass, first + default(TRows).Count * stride, stride, packet, lanes);
        return result;
    }

    /// <inheritdoc/>
    public readonly float Dot(TChunk weights, int packet, int lanes)
    {
        int half = lanes / 2;
        float lower = _lower.Dot(weights, packet, half);
        float upper = _upper.Dot(weights, packet, half);
        bool keepsUpper = (packet & half) != 0;
        return (keepsUpper ? upper : lower) + Warp.ShuffleXor(keepsUpper ? lower : upper, half);
    }

    /// <inheritdoc/>
    public readonly TChunk AddScaledTo(TChunk gradient, float residual, int packet, int lanes)
    {
        int half = lanes / 2;
        float other = Warp.ShuffleXor(residual, half);
        bool keptUpper = (packet & half) != 0;
        gradient = _lower.AddScaledTo(gradient, keptUpper ? other : residual, packet, half);
        return _upper.AddScaledTo(gradient, keptUpper ? residual : other, packet, half);
    }
}
